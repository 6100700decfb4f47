package oidctest

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
)

// keyID names the provider's one key.
const keyID = "key-1"

// twisted lets the provider respond and replaces its ID token.
func (p *Provider) twisted(w http.ResponseWriter, r *http.Request, twist func(map[string]any)) {
	rec := httptest.NewRecorder()
	p.op.ServeHTTP(rec, r)
	var answer map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || rec.Code != http.StatusOK {
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
		return
	}
	raw, _ := answer["id_token"].(string)
	claims := claimsOf(p.t, raw)
	twist(claims)
	p.mu.Lock()
	answer["id_token"] = p.sign(claims)
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func claimsOf(t testing.TB, token string) map[string]any {
	claims := map[string]any{}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Errorf("%q is no token", token)
		return claims
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Error(err)
	}
	return claims
}

func (p *Provider) signed(claims map[string]any) string { return sign(p.t, p.key, claims) }

func sign(t testing.TB, key *ecdsa.PrivateKey, claims map[string]any) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", keyID))
	if err != nil {
		t.Error(err)
		return ""
	}
	made, err := s.Sign(encoded(claims))
	if err != nil {
		t.Error(err)
		return ""
	}
	token, err := made.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return token
}

// unsigned is a token with the algorithm none.
func unsigned(claims map[string]any) string {
	text := base64.RawURLEncoding
	return text.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + text.EncodeToString(encoded(claims)) + "."
}

func encoded(claims map[string]any) []byte {
	b, _ := json.Marshal(claims)
	return b
}
