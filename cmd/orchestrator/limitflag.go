package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
)

// limitFlag is a limit on the command line: a number, or none.
type limitFlag struct{ limit **int64 }

// UnmarshalText reads tokens such as 40000000, 40,000,000 or none.
func (l *limitFlag) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		l.limit = new(*int64)
		return nil
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(string(text), ",", ""), 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("a limit is a whole number from 0 on, or none; %q is neither", text)
	}
	p := &n
	l.limit = &p
	return nil
}

// moneyFlag is a limit in dollars: 250, 12.50 or none.
type moneyFlag struct{ limit **int64 }

// UnmarshalText reads dollars to the micro-dollar, exactly.
func (l *moneyFlag) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		l.limit = new(*int64)
		return nil
	}
	n, ok := quota.Dollars(string(text))
	if !ok {
		return fmt.Errorf("a limit of cost is dollars such as 250 or 12.50, or none; %q is neither", text)
	}
	p := &n
	l.limit = &p
	return nil
}

// sizeFlag is a limit of bytes: 20GiB or none.
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
