package oidc

import "encoding/json"

// claims are what a token or userinfo says, by name; each is read as what is expected of it, or not at all.
type claims map[string]json.RawMessage

func (k claims) text(name string) string {
	var s string
	_ = json.Unmarshal(k[name], &s) // what is no text says nothing
	return s
}

// truth reads true, and "true" as some providers write it.
func (k claims) truth(name string) bool {
	var yes bool
	_ = json.Unmarshal(k[name], &yes)
	return yes || k.text(name) == "true"
}

// list reads several texts, or one.
func (k claims) list(name string) []string {
	var many []string
	if json.Unmarshal(k[name], &many) == nil {
		return many
	}
	if one := k.text(name); one != "" {
		return []string{one}
	}
	return nil
}

// leftOut says whether a claim must be fetched elsewhere (OpenID Connect Core 5.6.2), which is not the same as having none.
func (k claims) leftOut(name string) bool {
	var elsewhere map[string]json.RawMessage
	_ = json.Unmarshal(k["_claim_names"], &elsewhere)
	_, is := elsewhere[name]
	_, has := k[name]
	return is && !has
}

// take adds what is missing. An e-mail address comes with whether it is verified: one word never vouches for the other's.
func (k claims) take(from claims, missing []string) {
	for _, name := range missing {
		if v, has := from[name]; has {
			k[name] = v
		}
		if name == "email" {
			delete(k, "email_verified")
			if v, has := from["email_verified"]; has {
				k["email_verified"] = v
			}
		}
	}
}
