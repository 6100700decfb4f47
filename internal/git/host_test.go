package git

import "testing"

// T-27: git resolves a name again by rules of its own: what it could read as another address than we do is no host.
func TestT27GitReadsAHostAsWeDo(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"https://git.example.org/x": true, "https://git.example.org:8443/x": true, "https://192.0.2.1/x": true, "https://[2001:db8::1]/x": true, "ssh://git@h-1.example/x": true,
		"git@git.example.org:x": true, "https://localhost/x": true, "https://127.1/x": false, "https://2130706433/x": false, "https://0x7f000001/x": false, "https://0x7f.1/x": false,
		"https://0177.0.0.1/x": false, "https://１２７.0.0.1/x": false, "https://ⓛocalhost/x": false, "https://a.0x1/x": false, "git@2130706433:x": false, "https://a_b.09/x": false,
		"https://h\\@evil/x": false, "ext::sh": false, "git://h/x": false, "file:///x": false, "https:///x": false,
	} {
		if _, _, _, err := target(url); (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
	}
}
