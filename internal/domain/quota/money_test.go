package quota

import "testing"

// Every page, e-mail and command writes amounts with Money and prices with Price.
func TestMoneyHasTwoDecimalsOrFourBelowOneCent(t *testing.T) {
	t.Parallel()
	for micro, want := range map[int64]string{0: "$0.00", 1: "under $0.0001", 49: "under $0.0001", 50: "$0.0001", 1_000: "$0.0010", 4_249: "$0.0042",
		9_949: "$0.0099", 9_950: "$0.01", 10_000: "$0.01", 14_200: "$0.01", 140_000: "$0.14", 212_400_000: "$212.40", 1_234_567_890_000: "$1,234,567.89",
		-4_200: "−$0.0042", -1_500_000: "−$1.50"} {
		if got := Money(micro); got != want {
			t.Errorf("Money(%d) = %q, want %q", micro, got, want)
		}
	}
}

func TestPriceIsExact(t *testing.T) {
	t.Parallel()
	for micro, want := range map[int64]string{0: "$0.00", 3_000_000: "$3.00", 75_000: "$0.075", 37_500: "$0.0375", 1_250_000_000: "$1,250.00"} {
		if got := Price(micro); got != want {
			t.Errorf("Price(%d) = %q, want %q", micro, got, want)
		}
	}
}
