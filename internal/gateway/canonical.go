package gateway

import "slices"

// canonical appends the valid JSON raw to dst without spaces and without cache marks. Agents set cache marks on the newest
// messages and remove them later, but a message must have the same bytes in every call.
func canonical(dst, raw []byte) []byte {
	i := skipSpace(raw, 0)
	switch raw[i] {
	case '{':
		return canonicalObject(dst, raw)
	case '[':
		dst = append(dst, '[')
		for n, e := range elements(raw) {
			dst = canonical(separate(dst, n > 0), e)
		}
		return append(dst, ']')
	}
	return append(dst, raw[i:skipValue(raw, i)]...)
}

func canonicalObject(dst, raw []byte, without ...string) []byte {
	dst = append(dst, '{')
	more := false
	for _, m := range scanMembers(raw) {
		if m.key == "cache_control" || slices.Contains(without, m.key) {
			continue
		}
		dst = append(append(separate(dst, more), m.raw...), ':')
		dst, more = canonical(dst, raw[m.start:m.end]), true
	}
	return append(dst, '}')
}

func separate(dst []byte, more bool) []byte {
	if more {
		return append(dst, ',')
	}
	return dst
}
