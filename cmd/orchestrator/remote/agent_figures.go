package remote

import (
	"fmt"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

type agentVersionsCmd struct{ theAgent }

// Run prints the versions of an agent, and the rights that grew with each one.
func (v *agentVersionsCmd) Run(s *shell) error {
	c, a, err := v.find(s)
	if err != nil {
		return err
	}
	all, err := c.AgentVersions(s.ctx, a.ID)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Version{}, all...), func(all []client.Version) error {
		rows := make([][]string, len(all))
		for i, v := range all {
			rows[i] = []string{v.Version, moment(v.SavedAt), v.SavedBy, changedWord(v), grownWord(v.Grown), v.Changelog}
		}
		return s.printTable([]string{"VERSION", "SAVED", "BY", "CHANGED", "MAY DO MORE", "CHANGELOG"}, rows)
	})
}

func changedWord(v client.Version) string {
	fields := make([]string, len(v.Changes))
	for i, c := range v.Changes {
		fields[i] = c.Field
	}
	return strings.Join(fields, ", ")
}

func grownWord(rules []client.Rule) string {
	words := make([]string, len(rules))
	for i, r := range rules {
		words[i] = ruleWord(r)
	}
	return strings.Join(words, "; ")
}

type agentFiguresCmd struct{ theAgent }

// Run prints how the sessions of an agent ended.
func (f *agentFiguresCmd) Run(s *shell) error {
	c, a, err := f.find(s)
	if err != nil {
		return err
	}
	all, err := c.AgentFigures(s.ctx, a.ID)
	if err != nil {
		return err
	}
	return printOr(s, all, s.printFigures)
}

func (s *shell) printFigures(f client.Figures) error {
	rows := [][]string{figuresRow("30 days", f.Days30), figuresRow("90 days", f.Days90)}
	for _, v := range f.Versions {
		rows = append(rows, figuresRow("version "+v.Name, v.Sums))
	}
	for _, c := range f.Capabilities {
		rows = append(rows, figuresRow(strings.ReplaceAll(c.Name, "_", " "), c.Sums))
	}
	return s.printTable([]string{"OF", "ENDS", "SUCCESS", "QUALITY", "MEDIAN COST", "MEDIAN TIME"}, rows)
}

func figuresRow(name string, f client.Sums) []string {
	cost, ran := "", ""
	if f.MedianCost != nil {
		cost = text.Money(*f.MedianCost)
	}
	if f.MedianDuration != nil {
		ran = text.Duration(time.Duration(*f.MedianDuration) * time.Second)
	}
	return []string{name, fmt.Sprint(f.Ends), percent(f.SuccessRate), percent(f.Quality), cost, ran}
}
