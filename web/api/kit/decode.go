package kit

import "encoding/json"

// Limits on the shape of a body. The largest bodies that clients send are lists of models, far below both.
const (
	maxDepth  = 32
	maxValues = 20_000
)

// shapeError is a sentence about a body that no client needs.
type shapeError string

const (
	errTooDeep  shapeError = "Objects and lists can be nested up to 32 levels deep."
	errTooLarge shapeError = "Send at most 20,000 fields and list items in one request."
)

// Error is the sentence.
func (e shapeError) Error() string { return string(e) }

// decode decodes JSON whose shape is bounded, so that no body costs more than its size suggests: each value takes memory several times
// over while it is checked.
func decode(data []byte, v any) error {
	if err := checkShape(data); err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// checkShape counts levels and values in one pass. It does not check syntax, which the decoder does.
func checkShape(data []byte) error {
	depth, values := 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = endOfString(data, i)
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			values++
		}
		if depth > maxDepth {
			return errTooDeep
		}
		if values >= maxValues {
			return errTooLarge
		}
	}
	return nil
}

// endOfString is the place of the quotation mark that ends the string that begins at i.
func endOfString(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}
