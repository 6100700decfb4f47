package factor

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// QR is a QR code as an SVG path: Path draws its dark squares, one unit each, on a square of Size units including the quiet zone.
type QR struct {
	Path string
	Size int
}

// border is the width of the quiet zone that readers need.
const border = 4

// NewQR returns the QR code of a text, or an error if the text is too long.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("draw a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+border, y+border)
			}
		}
	}
	return QR{path.String(), code.Size + 2*border}, nil
}
