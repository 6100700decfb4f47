package factor

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// QR is a QR code as the path of a drawing: Path paints its dark squares, each one unit, on a field of Size units that holds
// the quiet border.
type QR struct {
	Path string
	Size int
}

// border is the quiet border that readers look for.
const border = 4

// NewQR draws a text that is short enough for a QR code.
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
