package netguard

import "testing"

// What is accepted is written back in a form that is read as the same, and opens nothing that it does not name.
func FuzzParseAllow(f *testing.F) {
	for _, s := range []string{"127.0.0.1/32:4010", "[::1]/128:1", "::1/128:1", "10.1.2.3/8:80", "::ffff:10.0.0.0/104:1", "[fe80::1%eth0]:1", "[fe80::1%25]/64:1", "0.0.0.0/0:1", ":1", "[]:1", "1:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAllow(s)
		if err != nil {
			return
		}
		if !a.Prefix.IsValid() || a.Port == 0 || a.Prefix != a.Prefix.Masked() {
			t.Fatalf("%q opens %v at %d", s, a.Prefix, a.Port)
		}
		if again, err := ParseAllow(a.String()); err != nil || again != a {
			t.Fatalf("%q is written as %q, which is read as %v, %v", s, a, again, err)
		}
	})
}
