package work

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qSessions = area.Scoped(sessionLine + sessionFrom + ` WHERE s.tenant_id = $1 AND s.deleted_at IS NULL`)
	// The reason stands in the text, because a parameter could not use the index of these sessions.
	qLooped = area.Scoped(sessionLine + sessionFrom + ` WHERE s.tenant_id = $1 AND s.status = 'paused' AND s.reason_code = 'loop_detected' AND s.deleted_at IS NULL
		ORDER BY s.status_at, s.id LIMIT $2`)
	qSessionIDs = area.Scoped(`SELECT s.id FROM sessions s WHERE s.tenant_id = $1 AND s.deleted_at IS NULL`)

	pStatus   = area.Clause(`AND s.status = ?`)
	pStatuses = area.Clause(`AND s.status IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	pNeedsYou = area.Clause(`AND s.status IN ('running', 'degraded', 'paused') AND s.id IN
		(SELECT a.session_id FROM asks a WHERE a.tenant_id = $1 AND a.reply = '' AND a.gone = 0
		UNION ALL SELECT l.id FROM sessions l WHERE l.tenant_id = $1 AND l.status = 'paused' AND l.reason_code = 'loop_detected' AND l.deleted_at IS NULL)`)
	pTerm     = area.Clause(`AND s.id IN (SELECT t.session_id FROM session_terms t WHERE t.tenant_id = $1 AND t.term >= ? AND t.term < ?)`)
	pHasTerm  = area.Clause(`AND EXISTS (SELECT 1 FROM session_terms t WHERE t.tenant_id = $1 AND t.session_id = s.id AND t.term >= ? AND t.term < ?)`)
	pParent   = area.Clause(`AND s.parent_id = ?`)
	pAgent    = area.Clause(`AND s.agent_id <> '' AND s.agent_id = ?`) // the first part lets the index of sessions with an agent be used
	pBefore   = area.Clause(`AND s.id < ?`)
	pAfter    = area.Clause(`AND s.id > ?`)
	pEnded    = area.Clause(`AND s.ended_at >= ?`)
	pNewest   = area.Clause(`ORDER BY s.id DESC LIMIT ?`)
	pOldest   = area.Clause(`ORDER BY s.id LIMIT ?`)
	pLastEnd  = area.Clause(`ORDER BY s.ended_at DESC, s.id DESC LIMIT ?`)
	qTermUses = area.Scoped(`SELECT count(*) FROM (SELECT 1 FROM session_terms WHERE tenant_id = $1 AND term >= $2 AND term < $3 LIMIT $4) AS uses`)
	qCounts   = area.Scoped(`SELECT status, n FROM session_counts WHERE tenant_id = $1`)
	qCount    = area.Scoped(`UPDATE main.session_counts SET n = n + $3 WHERE tenant_id = $1 AND status = $2`)
	qEnded    = area.Scoped(`SELECT status, count(*) FROM sessions WHERE tenant_id = $1 AND ended_at >= $2 AND deleted_at IS NULL GROUP BY status`)
	qAddTerm  = area.Scoped(`INSERT INTO main.session_terms (tenant_id, term, session_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`)
	qNeedsYou = area.Scoped(`SELECT count(*), count(CASE WHEN x.created_by = $2 THEN 1 END) FROM (
		SELECT s.created_by FROM asks a JOIN sessions s ON s.tenant_id = a.tenant_id AND s.id = a.session_id
		WHERE a.tenant_id = $1 AND a.reply = '' AND a.gone = 0 AND s.deleted_at IS NULL AND s.status IN ('running', 'degraded', 'paused')
		UNION ALL SELECT s.created_by FROM sessions s WHERE s.tenant_id = $1 AND s.status = 'paused' AND s.reason_code = 'loop_detected' AND s.deleted_at IS NULL) AS x`)
)

// Sessions reads one page of sessions, newest first or, with EndedSince, the last to end first, and reports whether more follow. They
// have no prompt, description or metadata. The title or the tags must have a word for each in the query, which begins with it, or the query
// begins the id in its full or short form.
func (s Scope) Sessions(ctx context.Context, f session.Filter) (items []session.Session, more bool, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	terms, err := s.resolveTerms(ctx, f.Query)
	if err == nil {
		items, err = s.readPage(ctx, f, terms)
	}
	if err != nil {
		return nil, false, dbkernel.Wrap("list sessions", err)
	}
	if more = len(items) > f.Limit; more {
		items = items[:f.Limit]
	}
	if f.After != "" {
		slices.Reverse(items)
	}
	return items, more, nil
}

// LoopedSessions reads the sessions that were paused because they repeated themselves, those that have waited longest first.
func (s Scope) LoopedSessions(ctx context.Context, limit int) ([]session.Session, error) {
	items, err := dbkernel.Collect(scanSession)(s.Scope.Query(ctx, qLooped, limit))
	return items, dbkernel.Wrap("list looped sessions", err)
}

// CountSessions counts the sessions of a filter, at most its limit, and reports whether there are more. It reads ids only.
func (s Scope) CountSessions(ctx context.Context, f session.Filter) (n int, more bool, err error) {
	terms, err := s.resolveTerms(ctx, f.Query)
	if err != nil {
		return 0, false, dbkernel.Wrap("count sessions", err)
	}
	ids, err := dbkernel.Collect(dbkernel.Value[session.ID])(s.Scope.Find(ctx, addOrder(addConditions(qSessionIDs.With(), f, terms), f)))
	return min(len(ids), f.Limit), len(ids) > f.Limit, dbkernel.Wrap("count sessions", err)
}

// readPage reads one row more than the page has. It reads several statuses one after another, each along its index, and merges them:
// one query for all of them would read most of the team's sessions if few have these statuses.
func (s Scope) readPage(ctx context.Context, f session.Filter, terms []term) (items []session.Session, err error) {
	if len(f.Statuses) < 2 || !f.EndedSince.IsZero() {
		return dbkernel.Collect(scanSession)(s.Scope.Find(ctx, addOrder(addConditions(qSessions.With(), f, terms), f)))
	}
	each := f
	for i, st := range f.Statuses {
		if slices.Contains(f.Statuses[:i], st) {
			continue
		}
		each.Statuses = []session.Status{st}
		some, err := s.readPage(ctx, each, terms)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
	}
	slices.SortFunc(items, func(a, b session.Session) int { return cmp.Compare(b.ID, a.ID) })
	if f.After != "" {
		slices.Reverse(items)
	}
	return items[:min(len(items), f.Limit+1)], nil
}

// addOrder appends the order and the length of a page.
func addOrder(q *dbkernel.Filter, f session.Filter) *dbkernel.Filter {
	order := pNewest
	switch {
	case f.After != "":
		order = pOldest
	case !f.EndedSince.IsZero() && f.Before == "":
		order = pLastEnd
	}
	q.And(order, f.Limit+1)
	return q
}

func addConditions(q *dbkernel.Filter, f session.Filter, terms []term) *dbkernel.Filter {
	if st := f.Statuses; len(st) == 1 {
		q.And(pStatus, st[0])
	} else if len(st) > 1 {
		q.And(pStatuses, dbkernel.Padded(st, 12)...)
	}
	if f.NeedsYou {
		q.And(pNeedsYou)
	}
	for _, w := range terms {
		q.And(w.part, w.from, w.to)
	}
	if f.Agent != "" {
		q.And(pAgent, f.Agent)
	}
	if f.Parent != "" {
		q.And(pParent, f.Parent)
	}
	if f.Before != "" {
		q.And(pBefore, f.Before)
	}
	if f.After != "" {
		q.And(pAfter, f.After)
	}
	if !f.EndedSince.IsZero() {
		q.And(pEnded, dbkernel.Millis(f.EndedSince))
	}
	return q
}

// term is what a query looks for: the range of search terms that begin with it, and the clause that narrows by it.
type term struct {
	part     dbkernel.Clause
	from, to string
}

// commonTerm is the number of uses at which a word is checked session by session. For a rarer word its sessions are collected first.
const commonTerm = 2000

// resolveTerms turns the words of a query into terms, each with the clause that reads the fewest rows.
func (s Scope) resolveTerms(ctx context.Context, query string) (ts []term, err error) {
	for _, w := range splitWords(query, 1) {
		t := term{pTerm, w, w + "\U0010FFFF"}
		n, err := dbkernel.First("word", dbkernel.Value[int64])(s.Scope.Query(ctx, qTermUses, t.from, t.to, commonTerm))
		if err != nil {
			return nil, dbkernel.Wrap("count uses of a word", err)
		}
		if n == commonTerm {
			t.part = pHasTerm
		}
		ts = append(ts, t)
	}
	return ts, nil
}

// Counts reads the number of sessions by status from the counters; the result has every status.
func (s Scope) Counts(ctx context.Context) (map[session.Status]int64, error) {
	return statusCounts(s.Scope.Query(ctx, qCounts))
}

// EndedCounts counts the sessions that ended since a time, by status.
func (s Scope) EndedCounts(ctx context.Context, since time.Time) (map[session.Status]int64, error) {
	return statusCounts(s.Scope.Query(ctx, qEnded, dbkernel.Millis(since)))
}

type statusCount struct {
	status session.Status
	n      int64
}

func statusCounts(r *dbkernel.Rows, err error) (map[session.Status]int64, error) {
	scan := func(r dbkernel.Scanner) (c statusCount, err error) { err = r.Scan(&c.status, &c.n); return c, err }
	all, err := dbkernel.Collect(scan)(r, err)
	if err != nil {
		return nil, dbkernel.Wrap("count sessions", err)
	}
	out := make(map[session.Status]int64, 12)
	for _, st := range session.Statuses() {
		out[st] = 0
	}
	for _, c := range all {
		out[c.status] = c.n
	}
	return out, nil
}

func (s Scope) addToCount(ctx context.Context, st session.Status, by int64) error {
	_, err := s.Scope.Exec(ctx, qCount, st, by)
	return dbkernel.Wrap("count session", err)
}

// CountWaitingAsks counts what waits for a person: approvals, questions, and sessions paused because they repeated themselves; own are
// those of the sessions that owner created.
func (s Scope) CountWaitingAsks(ctx context.Context, owner tenant.UserID) (n, own int64, err error) {
	_, _, err = dbkernel.Maybe(func(r dbkernel.Scanner) (struct{}, error) { return struct{}{}, r.Scan(&n, &own) })(s.Scope.Query(ctx, qNeedsYou, owner))
	return n, own, dbkernel.Wrap("count open asks", err)
}

// The most search terms of a session, and the most characters of a term.
const (
	maxTerms = 40
	maxTerm  = 40
)

// SearchTerms lists the words of a session's title and tags, lower-cased, as a search finds them.
func SearchTerms(v session.Session) []string {
	w := splitWords(v.Title+" "+strings.Join(v.Tags, " "), 2)
	return w[:min(len(w), maxTerms)]
}

// splitWords cuts text at everything but letters, digits and hyphens, and leaves out words shorter than least.
func splitWords(text string, least int) []string {
	var out []string
	split := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }
	for _, w := range strings.FieldsFunc(strings.ToLower(text), split) {
		r := []rune(strings.Trim(w, "-"))
		if r = r[:min(len(r), maxTerm)]; len(r) >= least && !slices.Contains(out, string(r)) {
			out = append(out, string(r))
		}
	}
	return out
}

func (s Scope) addTerms(ctx context.Context, v session.Session) error {
	return s.addWords(ctx, v.ID, append(SearchTerms(v), string(v.ID), session.Short(v.ID)))
}

// addWords lets a search find a session by words.
func (s Scope) addWords(ctx context.Context, id session.ID, words []string) error {
	for _, t := range words {
		if _, err := s.Scope.Exec(ctx, qAddTerm, t, id); err != nil {
			return dbkernel.Wrap("add search term", err)
		}
	}
	return nil
}
