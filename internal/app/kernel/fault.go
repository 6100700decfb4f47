package kernel

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// CheckID returns the same NotFound fault for a malformed ID as for one that does not exist.
func CheckID(noun, s string) error {
	if !id.Valid(s) {
		return fault.Missing(noun)
	}
	return nil
}

// AtField returns a copy of a fault that is shown at a field of a form.
func AtField(field string, f *fault.Error) *fault.Error {
	c := *f
	c.Field = field
	return &c
}

// IgnoreMissing returns nil for a NotFound fault and every other error unchanged.
func IgnoreMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// JoinFields joins the field faults of several checks, so that a form shows all of them at once. An error that is no fault is
// returned alone.
func JoinFields(errs ...error) error {
	var all fault.Fields
	for _, err := range errs {
		switch e := err.(type) {
		case nil:
		case fault.Fields:
			all = append(all, e...)
		case *fault.Error:
			all = append(all, e)
		default:
			return err
		}
	}
	return all.Err()
}
