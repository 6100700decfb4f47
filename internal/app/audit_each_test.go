package app_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// unwritten are the methods that write no entry of their own, and why.
var unwritten = map[string]string{
	"read": `Agent Agents AgentDays AgentTotals AgentVersions AgentResults RouteAgents Route Reach ForkStart PullProtection AdmitEgress AgentConfigCounts ActorByEmail ActorFor ActorForToken Asks AuditChoices AuditLog BeginIdentity Budget BudgetOf BudgetRequests Call Calls Changes Checks CloneSource CountSessions Counts Enforced Events
		EventsBefore Files Forge ForgeHook ForgePort ForgeSource Frame Gaps SessionDetail HostKey IdentityOf InstanceAudit Invitations LastChange Limits Login LoopStops Checkpoints CompareCheckpoints LoginLinkPerson Logins MayUnlink Members Messages Outcomes ModelIdentifiers Month NeedsYou Network OpenBudgetRequests OpenGit MergeQueue MergeOverview
		OpenInvitation Overview Parts CheckPasswordsAllowed Patch PersonByEmail PinnedKey Process ProposePull Pulls PullsOf Provider Providers ProviderEnd ProviderLabel Ready Repositories Repository RepositoryNetwork ResetLinkPerson Session SessionQueue SessionQueues Sessions
		Setting SetupLinkValid SetupNeeded Standing TeamBySlug ThisMonth OperatorPrices WithEntered TeamProviders TeamTokens Teams StoredProcesses QueueReason Timeline Tokens Totals VerifyAudit CompareCosts AgentUsage Resources`,
	"the post":                      `DueLetters LetterSent PostTeam SendsMail`,
	"read by who signs in":          `BeginPasskey BeginPasskeySignIn BeginPasskeyStep Factors HasPasskeys NewAuthenticator Pending`,
	"read by who runs the instance": `CountBudgetRequests ConsoleTeam People Person ConsoleTeams InstanceHealth InstanceProcesses InstanceQueues InstanceUsage Jobs Keep Prices InstanceAuditChoices`,
	"bookkeeping of an attempt, logged in the session's own events":                 `ExtendLease MarkDelivered AppendEvents Record Release SetChecks SetSavedWork SetConversation DropCursors TakeCheckpoint Rewound SetDiff SetGaps SetTree TakeOver RecordEgress AdmitCall RecordCall`,
	"the operator's command reseals, no value changes":                              `Reseal SealedWith`,
	"bookkeeping of a merge queue":                                                  `MergeState CheckLanding MergeRun SetMergeBase StopMerges SetMergeBatch RecordMergeRun BeginMergeCheck EndMergeCheck BeginLanding BeginPull BaseProtected LandingEntry SetMergeWaits FindMergePull MergePullRests ReadMergePull`,
	"acts on the pull request of a merge queue, whose opening and end have entries": `MergeMergePull CloseMergePull`,
	"bookkeeping of the server":                                                     `CloneStatus FinishRestores Fetched KeepPulls ReceiveHook Cookies DeleteProcess DeleteTeamProcess FinishAudit FinishRecords LoseProcess NewGatewayKey SaveProcess SealAudit TakeSpare DeleteExpired RememberBrowser TouchLogin`,
	"gives a place to a session that waits for one":                                 `FillPlaces`,
	"moves by the system, each with an entry":                                       `MoveIn KeepBudgets NoteStorage PauseInactive Requeue SettleLost DropStrayMerges`,
	"checks a repository for another verb":                                          `CheckWritable`,
	"reads what a team keeps and may":                                               `LimitsOf Storage StorageOf`,
	"doors of the kernel that verbs are made of":                                    `Audit AuditChange AuditInstance AuditPerson Entry Read WriteRefusals Write`,
	"bookkeeping of repeated requests, whose act has its own entry":                 `ClaimKey AnswerKey ReleaseKey FreeKeys`,
	"write nothing": `RingSession EgressKey HostFull SendLive OpenKey`,
	"asks the provider for real, and is tested where there is one": `TestProvider`,
}

// An act and its entries are one transaction: an act whose entry cannot be written is not done, and one that is done writes the
// entries it promises and no more, none of them with a secret.
func TestEachVerbWritesItsEntryWithTheAct(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, name := range slices.Sorted(keysOf(acts)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h := h.again(t)
				do, want := acts[name](h)
				slices.Sort(want)
				before := h.entries()
				if name != "Refused" { // nothing is done that could be undone
					h.cannotBeDoneWithoutEntry(do)
				}
				ok(t, do(tenant.WithOrigin(t.Context(), tenant.Origin{Name: "nobody", Peer: "192.0.2.7", Request: "req-1"})))
				if got := h.newEntries(before); !slices.Equal(got, want) {
					t.Errorf("wrote %q, want %q", got, want)
				}
				h.holdsNoSecret()
			})
		}
	})
}

func (h *house) cannotBeDoneWithoutEntry(do func(context.Context) error) {
	h.t.Helper()
	before, entries := h.everything(), h.entries()
	allow := h.stopAudit()
	if err := do(h.t.Context()); err == nil {
		h.t.Error("it was done without its entry")
	}
	allow()
	if diff := cmp.Diff(before, h.everything()); diff != "" {
		h.t.Errorf("without its entry it left something:\n%s", diff)
	}
	if got := h.newEntries(entries); len(got) > 0 {
		h.t.Errorf("it wrote %q", got)
	}
}

func TestEveryMethodIsHeldAgainstTheAuditLog(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for name := range acts {
		known[name] = true
	}
	for _, names := range unwritten {
		for name := range strings.FieldsSeq(names) {
			known[name] = true
		}
	}
	methods := verbsOf(reflect.TypeFor[app.App]())
	for _, name := range forgotten(methods, known) {
		t.Errorf("%s is in no table: add an act that shows its audit entry, or the reason why it has none", name)
	}
	for name := range known {
		if len(methods[name]) == 0 {
			t.Errorf("%s is no method of an area", name)
		}
	}
	for name, areas := range methods {
		if len(areas) > 1 { // the audit log names verbs by their method
			t.Errorf("%s is a method of %v: a verb's name is used once", name, areas)
		}
	}
}

// verbsOf maps the exported methods of all areas of a face to the areas that have them.
func verbsOf(face reflect.Type) map[string][]string {
	all := map[string][]string{}
	for i := range face.NumField() {
		area := face.Field(i)
		for j := range area.Type.NumMethod() {
			name := area.Type.Method(j).Name
			all[name] = append(all[name], area.Name)
		}
	}
	return all
}

// forgotten returns the methods that are in no table.
func forgotten(methods map[string][]string, known map[string]bool) (names []string) {
	for name, areas := range methods {
		if !known[name] {
			names = append(names, strings.Join(areas, ",")+"."+name)
		}
	}
	return names
}

// A refused start over the queue's limit takes the whole act back.
func TestARolledBackActLeavesNoEntry(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		dbtest.Exec(t, h.d, `UPDATE lanes SET max_queued_sessions = 0`)
		before := h.entries()
		_, err := h.app.Work.CreateSession(t.Context(), h.member, wanted(), true)
		refused(t, "a start at a full queue", err, fault.Exhausted)
		if got := h.newEntries(before); len(got) > 0 {
			t.Errorf("a rolled back act left %q", got)
		}
	})
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
