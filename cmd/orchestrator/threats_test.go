package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
)

// threats are the attacks that other products of this kind fell to, by their numbers, each with the tests that hold it off, or
// with what has to exist before it can happen here. A test that bears a number in its name belongs here as well.
var threats = map[string]struct {
	what  string
	tests []string
	later string
}{
	"T-01": {what: "another team's ids", tests: []string{"TestT01NothingOfAnotherTeamCanBeReached", "TestATeamsThingsDoNotExistForOthers", "TestDoctorIsolation"}},
	"T-02": {what: "the same with machines' credentials", tests: []string{"TestT01NothingOfAnotherTeamCanBeReached", "TestATeamsThingsDoNotExistForOthers"}},
	"T-03": {what: "sums and searches across teams", tests: []string{"TestT03NoNumberMovesByAnotherTeamsActs", "TestTeamsOfOthersAreMissing"}},
	"T-04": {what: "foreign ids in bodies", tests: []string{"TestT01NothingOfAnotherTeamCanBeReached", "TestANewSessionCannotNameAnotherTeamsThings"}},
	"T-05": {what: "changes through secondary verbs", tests: []string{"TestEveryOperationAsEveryRole", "TestViewersAndMembersAreRefusedWithTheRoleTheyNeed"}},
	"T-06": {what: "what is seen after removal", tests: []string{"TestT06LettersToWhoIsGoneAreSilent", "TestT13StreamsEndWithWhatOpenedThem", "TestAStreamEndsWithTheRole"}},
	"T-07": {what: "path tricks and method overrides", tests: []string{"TestT07PathTricksOpenNothing", "TestT01NothingOfAnotherTeamCanBeReached", "TestT07MethodsAreNotOverridden"}},
	"T-08": {what: "writes checked less than reads", tests: []string{"TestEveryOperationAsEveryRole", "TestT01NothingOfAnotherTeamCanBeReached"}},
	"T-09": {what: "artefacts overwritten", later: "model versions and datasets"},
	"T-10": {what: "instance verbs for teams", tests: []string{"TestATokenOperatesNoInstance"}},
	"T-11": {what: "a header that selects the team", tests: []string{"TestXTenantIDNamesTheTokensTeamOrIsRefused", "TestT43HeadersSignNobodyIn"}},
	"T-12": {what: "streams without sign-in", tests: []string{"TestAStrangersStreamIsRefusedWithoutARedirect"}},
	"T-13": {what: "a role that outlives its loss in a stream", tests: []string{"TestT13StreamsEndWithWhatOpenedThem", "TestAStreamEndsWithTheRightsOfItsToken"}},
	"T-14": {what: "an agent's credential on another session", later: "external agents; a gateway key is bound to its process today"},
	"T-15": {what: "one session's cursor on another", tests: []string{"TestATeamsThingsDoNotExistForOthers", "TestAStreamBeginsAfterWhatTheReaderHas"}},
	"T-16": {what: "an agent server open to all", tests: []string{"TestAgentServerReachesOnlyItsPorts", "TestT16TheAgentsServerAsksForItsPassword"}},
	"T-17": {what: "names that lead here, open CORS", tests: []string{"TestT17UnknownHostsAreRefused", "TestT17OtherSitesCannotUseTheAPI"}},
	"T-18": {what: "bodies that are no JSON", tests: []string{"TestOtherSitesCannotPost", "TestT18OtherBodiesThanJSONAreRefused"}},
	"T-19": {what: "a GET that acts", tests: []string{"TestT19NoGETChangesState"}},
	"T-20": {what: "an approval without sign-in", tests: []string{"TestEveryOperationAsEveryRole", "TestUnsafeRequestsNeedTheFormToken"}},
	"T-21": {what: "an origin on another port", tests: []string{"TestT17OtherSitesCannotUseTheAPI"}},
	"T-22": {what: "markup from agents", tests: []string{"TestHostileTextIsInert", "FuzzMarkdown", "FuzzDiff", "TestHostileTranscript"}},
	"T-23": {what: "artefacts opened as pages", later: "artefacts that are files"},
	"T-24": {what: "previews in frames", later: "previews"},
	"T-25": {what: "output that stops the page", tests: []string{"TestT25KnottedTextIsShownAsItIs", "FuzzTerminal", "TestHostileTranscript"}},
	"T-26": {what: "lines forged in logs", tests: []string{"TestT26NoTextForgesALineOfTheLog"}},
	"T-27": {what: "addresses inside", tests: []string{"TestT27NoSpellingReachesInside", "TestT27ARebindingNameGainsNothing", "TestT27RedirectsAreNotFollowed", "TestT27GitReadsAHostAsWeDo", "TestCheck", "TestT27OnlyListedPublicTargetsAreReached", "TestT27GitFollowsNoRedirect", "TestT27OnlyTheGuardDials", "TestT27AProviderIsDialledThroughTheGuard", "TestARepositoryOverSSH", "TestAgentsReachOnlyWhatALeadListed"}},
	"T-28": {what: "names that lead inside", tests: []string{"TestT28NamesAreCheckedWhereTheyLead", "TestT28APassLeadsToOneHost", "TestT28GitGoesThroughTheGuardEachTime"}},
	"T-29": {what: "a secret sent to a new address", tests: []string{"TestT27GitFollowsNoRedirect", "TestT29ANewAddressForgetsTheSecret", "TestT29TheFormOfANewAddressForgetsTheKey"}},
	"T-30": {what: "a token that makes a stronger one", tests: []string{"TestATokenIsTheWeakerOfScopeAndRole", "TestTokensAreChecked"}},
	"T-31": {what: "ids that are paths", tests: []string{"TestAMalformedIDIsMissing"}},
	"T-32": {what: "links out of the tree", tests: []string{"TestNoLinkIsFollowed"}},
	"T-33": {what: "options and commands in names", tests: []string{"TestNothingPlantedRuns", "TestNothingInARepositoryRunsWhenItIsCloned", "FuzzTarget"}},
	"T-34": {what: "an agent that edits itself", later: "agents that a team registers"},
	"T-35": {what: "commands that a shell expands", tests: []string{"FuzzSplitCommandNeverBreaksALine"}},
	"T-36": {what: "configuration in the repository", tests: []string{"TestARepositoryConfiguresItsAgentsOnlyWhenALeadAllowedIt", "TestATreeConfiguresItsAgentsOnlyWhenALeadAllowedIt"}},
	"T-37": {what: "sign-up for everybody", tests: []string{"TestSetupLinkWorksOnceForADay"}},
	"T-38": {what: "secrets in logs, pages and data", tests: []string{"TestT38CanariesAreSeenNowhere", "TestT38ARefusedURLKeepsItsPassword", "TestCredentialsAreUsedAndNeverShown"}},
	"T-39": {what: "a secret read back or lent", tests: []string{"TestT38CanariesAreSeenNowhere"}},
	"T-40": {what: "guessable keys", tests: []string{"TestT40WeakKeysAreRefused", "TestKeyFileOfOthersIsRefused"}},
	"T-41": {what: "a scope that one way forgets", tests: []string{"TestOnlyBearerSignsIn", "TestATokenIsTheWeakerOfScopeAndRole"}},
	"T-42": {what: "secrets in datasets", later: "datasets"},
	"T-43": {what: "headers that sign in", tests: []string{"TestT43HeadersSignNobodyIn"}},
	"T-44": {what: "forged addresses against the limiter", tests: []string{"TestT44AForgedAddressNeitherHidesNorLocksOut", "TestT44BehindAProxyTheAddressThatItSawCounts", "TestT44WithoutAProxyTheHeaderMeansNothing", "TestSignInAndItsLimits"}},
	"T-45": {what: "logins that outlive their reason", tests: []string{"TestACookieFromBeforeIsWorthNothing", "TestLoginsEnd", "TestARevokedLoginIsOutAtOnce", "TestT45ALoginOfTheProviderLastsAsLongAsTheOperatorSays",
		"TestT45AProofHoldsInEveryRespectOrNotAtAll", "TestT45ATokenThatDoesNotHoldSignsNobodyIn", "TestT45SigningInThroughTheProviderRenamesTheCookie"}},
	"T-46": {what: "passwords beside enforced sign-in", tests: []string{"TestT46EnforcedSignInClosesEveryPassword", "TestT46EnforcedSignInClosesEveryPasswordRoute"}},
	"T-47": {what: "an actor read from the body", tests: []string{"TestEveryOperationAsEveryRole"}},
	"T-48": {what: "odd Authorization headers", tests: []string{"FuzzT48Authorization", "TestT48OddCredentialsOpenNothing", "FuzzTargetNeverReadsMain"}},
	"T-49": {what: "routes without a policy", tests: []string{"TestEveryRouteHasAnAction", "TestEveryRouteHasItsAction"}},
	"T-50": {what: "a mode without sign-in", tests: []string{"TestWrongSettingsAreRefusedWithTheReason", "TestT48OddCredentialsOpenNothing"}},
	"T-51": {what: "a model that approves", later: "approvers that are models"},
	"T-52": {what: "an approval used for something else", later: "approvals bound to arguments of our own"},
	"T-53": {what: "poisoned training", later: "fine-tuning"},
	"T-54": {what: "storms of retries", tests: []string{"TestProviderFails"}},
	"T-55": {what: "usage that lies", tests: []string{"TestOddReports", "FuzzStream"}},
}

var testName = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

func TestEveryThreatHasItsTest(t *testing.T) {
	t.Parallel()
	names := testNames(t)
	for n := 1; n <= 55; n++ {
		id := fmt.Sprintf("T-%02d", n)
		row, ok := threats[id]
		if !ok || row.what == "" || (len(row.tests) == 0) == (row.later == "") {
			t.Errorf("%s has no row with tests, or with what it waits for", id)
		}
		for _, name := range row.tests {
			if !names[name] {
				t.Errorf("%s (%s): there is no test %s", id, row.what, name)
			}
		}
	}
	numbered := regexp.MustCompile(`^(?:Test|Fuzz)T(\d\d)[A-Z]`)
	for name := range names {
		if m := numbered.FindStringSubmatch(name); m != nil && !strings.Contains(strings.Join(threats["T-"+m[1]].tests, " "), name) {
			t.Errorf("%s bears a number whose row does not name it", name)
		}
	}
}

func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range testName.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// T-26: what an agent, a repository or a person writes is one value of one line, in both forms of the log.
func TestT26NoTextForgesALineOfTheLog(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		s := config.Settings{LogLevel: "info", LogFormat: format}
		var out bytes.Buffer
		newLog(s, &out).Warn("clone\nlevel=ERROR msg=forged", "error", "a\r\nlevel=ERROR msg=forged\u2028x\x1b[31m\x00")
		if n := strings.Count(out.String(), "\n"); n != 1 || strings.ContainsAny(out.String(), "\r\x1b\x00") {
			t.Errorf("%s: %d lines\n%q", format, n, out.String())
		}
	}
}
