package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation/throwaway"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
)

type isolationCmd struct {
	URL string `name:"url" required:"" placeholder:"URL" help:"Where the server that runs on this data answers, such as http://127.0.0.1:8080."`
}

// The two teams of a check bear texts that nobody else would write.
const (
	askedTeam, askedMark   = "isolation-check-asked", "kestrelisolation"
	askingTeam, askingMark = "isolation-check-asking", "magpieisolation"
)

// Run asks the running server for everything of one throw-away team as the people, tokens and links of another, prints the result
// and fails on any leak.
func (i isolationCmd) Run(c call) (err error) {
	d, keys, err := openData(c.ctx, c.settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	// A server that is on its way down takes no stream along.
	a := app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, AuditHeads: auditHeads(c.settings)})
	rows, err := i.check(c.ctx, d, a)
	if err != nil {
		return err
	}
	if err := isolation.Print(c.io.out, rows); err != nil {
		return err
	}
	if n := isolation.Leaks(rows); n > 0 {
		return fault.New(fault.Internal, "%d answers give away what belongs to another team: see above.", n)
	}
	_, err = fmt.Fprintln(c.io.out, "\nThe two teams are gone again; their entries stay in the audit logs, told of erased people.")
	return err
}

func (i isolationCmd) check(ctx context.Context, d *db.DB, a *app.App) (rows []isolation.Row, err error) {
	// The first person of an instance comes through the set-up link, which a check must not close.
	if needed, err := a.SetupNeeded(ctx); err != nil || needed {
		return nil, errors.Join(err, fault.New(fault.Invalid, "Nobody has an account here yet. Set the server up first."))
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
	return i.ask(ctx, a, teams[0], teams[1])
}

// ask runs the matrix, and holds the team that was asked for against what it was.
func (i isolationCmd) ask(ctx context.Context, a *app.App, theirs, mine *throwaway.Team) ([]isolation.Row, error) {
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
	left := isolation.Row{What: "what is left of theirs", As: "its own lead", Asked: len(before)}
	after, err := theirs.State(ctx)
	for what, was := range before {
		if after[what] != was {
			left.Leaks = append(left.Leaks, fmt.Sprintf("%s was\n\t%s\n\tand is\n\t%s", what, was, after[what]))
		}
	}
	return append(rows, left), err
}

// routes are the addresses of this program, which is the one that serves.
func routes(a *app.App) (out []isolation.Route) {
	s := web.New(web.Options{App: a, API: api.New(api.Options{App: a})})
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
