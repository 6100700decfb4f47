package oidc

import "encoding/json"

// claims are the claims of a token or of userinfo by name. A claim with an unexpected type is ignored.
type claims map[string]json.RawMessage

func (k claims) text(name string) string {
	var s string
	_ = json.Unmarshal(k[name], &s) // any other type is read as ""
	return s
}

// boolean reads true, and "true" as some providers write it.
func (k claims) boolean(name string) bool {
	var yes bool
	_ = json.Unmarshal(k[name], &yes)
	return yes || k.text(name) == "true"
}

// list reads an array of strings or a single string.
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

// isDistributed reports whether a claim must be fetched elsewhere (OpenID Connect Core 5.6.2), which differs from a missing claim.
func (k claims) isDistributed(name string) bool {
	var elsewhere map[string]json.RawMessage
	_ = json.Unmarshal(k["_claim_names"], &elsewhere)
	_, is := elsewhere[name]
	_, has := k[name]
	return is && !has
}

// addMissing copies missing claims. email and email_verified always come from the same source, so that one source cannot vouch for
// the other's address.
func (k claims) addMissing(from claims, missing []string) {
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
