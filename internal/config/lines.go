package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Source is where a setting's value comes from.
type Source string

// The sources, strongest first.
const (
	FromFlag    Source = "flag"
	FromEnv     Source = "environment"
	FromDefault Source = "default"
)

// Line is one setting as `orchestrator config` prints it; a secret's value is masked.
type Line struct {
	Name, Env, Value, Help string
	Source                 Source
	// NoFlag is true if the setting has only a variable.
	NoFlag bool
}

// Lines lists every setting in the order of the struct. flags are the names of the flags that were set; env looks up a variable.
func (s Settings) Lines(flags map[string]bool, env func(string) (string, bool)) []Line {
	v := reflect.ValueOf(s)
	lines := make([]Line, 0, v.NumField())
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		l := Line{Name: tag.Get("name"), Env: tag.Get("env"), Help: tag.Get("help"), Value: valueText(v.Field(i).Interface())}
		l.NoFlag = tag.Get("kong") == "-"
		l.Source = source(l, flags, env)
		lines = append(lines, l)
	}
	return lines
}

// valueText writes a value as on the command line.
func valueText(v any) string {
	if d, ok := v.(time.Duration); ok {
		return durationFlag(d)
	}
	return fmt.Sprint(v)
}

// durationFlag writes a duration as a flag accepts it, without zero units: 10m instead of 10m0s.
func durationFlag(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func source(l Line, flags map[string]bool, env func(string) (string, bool)) Source {
	if flags[l.Name] {
		return FromFlag
	}
	if _, ok := env(l.Env); ok {
		return FromEnv
	}
	return FromDefault
}
