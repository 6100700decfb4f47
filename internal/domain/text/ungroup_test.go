package text

import "testing"

// A number that a person typed is never read as another one.
func TestOnlyThousandsAreUngrouped(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "", " 7 ": "7", "1,250": "1250", "29,100,418": "29100418", "1,250.50": "1250.50", "-1,250": "-1250", "12_500": "12500", "250 000": "250000",
		"2,50": "2,50", "0,25": "0,25", "0,250": "0,250", "3,5": "3,5", "1,5": "1,5", "1.250,5": "1.250,5", "1,2500": "1,2500", "1250,000": "1250,000", "1,25,000": "1,25,000",
		"1,250_000": "1,250_000", ",5": ",5", "1,": "1,", "none": "none",
	} {
		if got := Ungroup(typed); got != want {
			t.Errorf("Ungroup(%q) = %q, want %q", typed, got, want)
		}
	}
}
