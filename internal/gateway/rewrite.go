package gateway

// rewrite returns the valid JSON raw with the values at path changed, and every other byte as it was. An element "*" of path stands for
// each element of an array.
func rewrite(raw []byte, path []string, change func(value []byte) []byte) []byte {
	if len(path) == 0 {
		return change(raw)
	}
	var out []byte
	from := 0
	for _, s := range spans(raw, path[0]) {
		out = append(append(out, raw[from:s.start]...), rewrite(raw[s.start:s.end], path[1:], change)...)
		from = s.end
	}
	return append(out, raw[from:]...)
}

// spans returns where the values of an object's member, or of an array's elements, are.
func spans(raw []byte, name string) (all []member) {
	if name == "*" {
		for _, e := range elements(raw) {
			start := cap(raw) - cap(e) // e is a part of raw
			all = append(all, member{start: start, end: start + len(e)})
		}
		return all
	}
	if i := skipSpace(raw, 0); i == len(raw) || raw[i] != '{' {
		return nil
	}
	for _, m := range scanMembers(raw) {
		if m.key == name {
			all = append(all, m)
		}
	}
	return all
}
