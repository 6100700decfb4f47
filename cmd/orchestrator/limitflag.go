package main

import (
	"fmt"
	"strconv"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// limitFlag is a limit on the command line: a number or "none".
type limitFlag struct{ limit **int64 }

// UnmarshalText reads tokens such as 40000000, 40,000,000 or none.
func (l *limitFlag) UnmarshalText(typed []byte) error {
	if string(typed) == "none" {
		l.limit = new(*int64)
		return nil
	}
	n, err := strconv.ParseInt(text.Ungroup(string(typed)), 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a valid limit: use a whole number (0 or more) or none", typed)
	}
	p := &n
	l.limit = &p
	return nil
}

// moneyFlag is a limit in dollars: 250, 12.50 or none.
type moneyFlag struct{ limit **int64 }

// UnmarshalText reads an amount in dollars, exact to the micro-dollar.
func (l *moneyFlag) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		l.limit = new(*int64)
		return nil
	}
	n, ok := quota.Dollars(string(text))
	if !ok {
		return fmt.Errorf("%q is not a valid cost limit: use an amount in dollars such as 250 or 12.50, or none", text)
	}
	p := &n
	l.limit = &p
	return nil
}

// sizeFlag is a size limit: 20GiB or none.
type sizeFlag struct{ limit **int64 }

// UnmarshalText reads a size with its unit.
func (l *sizeFlag) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		l.limit = new(*int64)
		return nil
	}
	var b config.Bytes
	if err := b.UnmarshalText(text); err != nil {
		return err
	}
	n := int64(b)
	p := &n
	l.limit = &p
	return nil
}
