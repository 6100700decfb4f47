package config

import (
	"fmt"
	"reflect"
)

// Source says where a setting's value comes from.
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
	// NoFlag is true of what has a variable only.
	NoFlag bool
}

// Lines lists every setting in the order of the struct. flags are the names given on the command line, env looks a variable up.
func (s Settings) Lines(flags map[string]bool, env func(string) (string, bool)) []Line {
	v := reflect.ValueOf(s)
	lines := make([]Line, 0, v.NumField())
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		l := Line{Name: tag.Get("name"), Env: tag.Get("env"), Help: tag.Get("help"), Value: fmt.Sprint(v.Field(i).Interface())}
		l.NoFlag = tag.Get("kong") == "-"
		l.Source = source(l, flags, env)
		lines = append(lines, l)
	}
	return lines
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
