package text_test

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

func TestMoneyHasTwoDecimalsAndFourBelowOneCent(t *testing.T) {
	t.Parallel()
	for micro, want := range map[int64]string{
		0: "$0.00", 1: "under $0.0001", 49: "under $0.0001", 50: "$0.0001", 4_210: "$0.0042", 9_949: "$0.0099", 9_950: "$0.01", 14_999: "$0.01",
		15_000: "$0.02", 140_000: "$0.14", 212_400_000: "$212.40", 1_234_567_890_000: "$1,234,567.89", -2_500_000: "−$2.50", 1<<63 - 1: "$9,223,372,036,854.78",
	} {
		if got := text.Money(micro); got != want {
			t.Errorf("%d is written %q, want %q", micro, got, want)
		}
	}
}

func TestPricesAreExact(t *testing.T) {
	t.Parallel()
	for micro, want := range map[int64]string{0: "$0.00", 3_000_000: "$3.00", 75_000: "$0.075", 1_250_000_001: "$1,250.000001", -100_000: "−$0.10"} {
		if got := text.Price(micro); got != want {
			t.Errorf("%d is written %q, want %q", micro, got, want)
		}
	}
}

func TestCountSeparatesThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1_000: "1,000", 29_100_418: "29,100,418", -1_234: "-1,234"} {
		if got := text.Count(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}
