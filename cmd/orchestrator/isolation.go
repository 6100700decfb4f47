package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation/throwaway"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

type isolationCmd struct {
	URL string `name:"url" required:"" placeholder:"URL" help:"URL of the server that uses this data directory, such as http://127.0.0.1:8080."`
}

// The texts of the two teams contain words that appear nowhere else, so that a leak is recognizable.
const (
	askedTeam, askedMark   = "isolation-check-asked", "kestrelisolation"
	askingTeam, askingMark = "isolation-check-asking", "magpieisolation"
)

// Run requests all data of one temporary team from the running server with the users, tokens and links of another, prints
// the result, and fails if anything leaks.
func (i isolationCmd) Run(c call) (err error) {
	d, keys, err := openData(c.ctx, c.settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	// No hub of the running server is used: this process only writes to the database.
	a := app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, AuditHeads: auditHeads(c.settings), AuditNote: auditNote(c.settings)})
	rows, err := i.check(c.ctx, d, a)
	if err != nil {
		return err
	}
	if err := isolation.Print(c.io.out, rows); err != nil {
		return err
	}
	if n := isolation.Leaks(rows); n > 0 {
		return fault.New(fault.Internal, "Responses that contain another team's data or reveal that the other team exists: %d. See the list above.", n)
	}
	_, err = fmt.Fprintln(c.io.out, "\nThe two temporary teams were removed. Their audit log entries remain and refer to erased users.")
	return err
}

func (i isolationCmd) check(ctx context.Context, d *dbkernel.DB, a *app.App) (rows []isolation.Row, err error) {
	// The first account of an instance is created through the set-up link, which a check must not disable.
	if needed, err := a.People.SetupNeeded(ctx); err != nil || needed {
		return nil, errors.Join(err, fault.New(fault.Invalid, "This server has no accounts yet. Set it up first."))
	}
	var teams []*throwaway.Team
	defer func() {
		for _, t := range teams {
			err = errors.Join(err, t.Remove(context.WithoutCancel(ctx)))
		}
	}()
	for _, t := range [][2]string{{askedTeam, askedMark}, {askingTeam, askingMark}} {
		made, err := throwaway.Make(ctx, d, a, t[0], t[1])
		if made != nil {
			teams = append(teams, made)
		}
		if err != nil {
			return nil, err
		}
	}
	return i.probe(ctx, a, teams[0], teams[1])
}

// probe runs all requests and compares the target team's data before and after them.
func (i isolationCmd) probe(ctx context.Context, a *app.App, theirs, mine *throwaway.Team) ([]isolation.Row, error) {
	base := strings.TrimSuffix(i.URL, "/")
	askers, err := mine.Askers(ctx, base)
	if err != nil {
		return nil, err
	}
	doc, err := document(ctx, base)
	if err != nil {
		return nil, err
	}
	before, err := theirs.State(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := isolation.Check{Base: base, Routes: routes(a), Theirs: theirs.Team, Mine: mine.Team, Askers: askers, Marks: theirs.Marks(), Document: doc}.Run(ctx)
	if err != nil {
		return rows, err
	}
	left := isolation.Row{What: "the other team's data unchanged", As: "its own lead", Asked: len(before)}
	after, err := theirs.State(ctx)
	for what, was := range before {
		if after[what] != was {
			left.Leaks = append(left.Leaks, fmt.Sprintf("%s changed from\n\t%s\n\tto\n\t%s", what, was, after[what]))
		}
	}
	return append(rows, left), err
}

// routes lists the routes of this program, which is the same one that serves.
func routes(a *app.App) (out []isolation.Route) {
	s := web.New(webkit.Options{App: a, API: api.New(apikit.Options{App: a})})
	policies := s.Policies()
	for _, r := range s.Fiber.GetRoutes(true) {
		out = append(out, isolation.Route{Method: r.Method, Path: r.Path, Action: policies[r.Method+" "+r.Path]})
	}
	return out
}

func document(ctx context.Context, base string) (d isolation.Document, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v1/openapi.json", nil)
	if err != nil {
		return d, fmt.Errorf("--url %s: %w", base, err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return d, fmt.Errorf("--url %s: %w", base, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return d, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	return isolation.ReadDocument(text)
}
