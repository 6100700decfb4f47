package kernel

import (
	"database/sql/driver"

	"golang.org/x/text/unicode/norm"
	"modernc.org/sqlite"
)

// SQLite has no function for Unicode's normal form, which PostgreSQL calls normalize; a migration needs it.
func init() {
	if err := plainDriver.RegisterDeterministicScalarFunction("nfc", 1, normalize); err != nil {
		panic(err) // the name or the number of arguments is wrong
	}
}

// normalize brings a text into NFC and leaves other values unchanged.
func normalize(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	if s, ok := args[0].(string); ok {
		return norm.NFC.String(s), nil
	}
	return args[0], nil
}
