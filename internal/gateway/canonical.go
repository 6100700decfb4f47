package gateway

import (
	"encoding/json"
	"slices"
)

// canonical appends the valid JSON raw to dst without spaces and without cache marks. Agents set cache marks on the newest
// messages and remove them later, but a message must have the same bytes in every call. It reads each byte once, however deep the
// values are nested.
func canonical(dst, raw []byte) []byte {
	dst, _ = canonicalValue(dst, raw, skipSpace(raw, 0))
	return dst
}

// canonicalObject is canonical for an object, without the given members.
func canonicalObject(dst, raw []byte, without ...string) []byte {
	dst, _ = canonicalMembers(dst, raw, skipSpace(raw, 0), without)
	return dst
}

// canonicalValue appends the value that starts at i and returns the position after it.
func canonicalValue(dst, raw []byte, i int) ([]byte, int) {
	switch raw[i] {
	case '{':
		return canonicalMembers(dst, raw, i, nil)
	case '[':
		return canonicalElements(dst, raw, i)
	}
	end := skipValue(raw, i)
	return append(dst, raw[i:end]...), end
}

func canonicalMembers(dst, raw []byte, i int, without []string) ([]byte, int) {
	dst = append(dst, '{')
	more := false
	for i = skipSpace(raw, i+1); raw[i] != '}'; i = afterComma(raw, i) {
		key := raw[i:skipString(raw, i)]
		i = skipSpace(raw, skipSpace(raw, i+len(key))+1)
		if isLeftOut(key, without) {
			i = skipValue(raw, i)
			continue
		}
		dst = append(append(separate(dst, more), key...), ':')
		dst, i = canonicalValue(dst, raw, i)
		more = true
	}
	return append(dst, '}'), i + 1
}

func canonicalElements(dst, raw []byte, i int) ([]byte, int) {
	dst = append(dst, '[')
	more := false
	for i = skipSpace(raw, i+1); raw[i] != ']'; i = afterComma(raw, i) {
		dst, i = canonicalValue(separate(dst, more), raw, i)
		more = true
	}
	return append(dst, ']'), i + 1
}

func isLeftOut(rawKey []byte, without []string) bool {
	var key string
	_ = json.Unmarshal(rawKey, &key) // a string of valid JSON
	return key == "cache_control" || slices.Contains(without, key)
}

func separate(dst []byte, more bool) []byte {
	if more {
		return append(dst, ',')
	}
	return dst
}
