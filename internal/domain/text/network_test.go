package text

import "testing"

// All addresses that one client can choose are one network.
func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::/64", "2001:db8:0:0:ffff::1": "2001:db8::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "nobody": "nobody"} {
		if got := Network(address); got != want {
			t.Errorf("%q is of %q, want %q", address, got, want)
		}
	}
}
