package work

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Limits of the git address.
const (
	fetchesPerPerson = 2
	fetchesPerServer = 8
	fetchWithin      = time.Hour
	// maxFetchRequest is the size of a request after unpacking.
	maxFetchRequest = 8 << 20
)

// uploadPack is the only service of the git address.
const uploadPack = "git-upload-pack"

// AdvertiseGit answers the first request of git fetch, git clone and git ls-remote.
func (s *Pages) AdvertiseGit(c *fiber.Ctx) error {
	view, err := s.openGit(c)
	if err != nil {
		return err
	}
	if c.Query("service") != uploadPack {
		return errReadOnly
	}
	leave, err := s.enterGit(c)
	if err != nil {
		return err
	}
	defer leave()
	var out bytes.Buffer
	if err := view.Advertise(c.UserContext(), c.Get("Git-Protocol"), &out); err != nil {
		return err
	}
	setGitType(c, "advertisement")
	return c.Send(out.Bytes())
}

// UploadGit answers the further requests of git fetch with a stream of objects.
func (s *Pages) UploadGit(c *fiber.Ctx) error {
	view, err := s.openGit(c)
	if err != nil {
		return err
	}
	if c.Get(fiber.HeaderContentType) != "application/x-"+uploadPack+"-request" {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "Only git can send requests to this address.")
	}
	request, err := fetchRequest(c)
	if err != nil {
		return err
	}
	setGitType(c, "result")
	if string(request) == "0000" { // git sends it to see whether it has to authenticate, before a request that it cannot repeat
		return c.SendStatus(fiber.StatusOK)
	}
	leave, err := s.enterGit(c)
	if err != nil {
		return err
	}
	return s.streamGit(c, view, request, leave)
}

// RefuseGitPush answers git push.
func (s *Pages) RefuseGitPush(c *fiber.Ctx) error {
	if _, err := s.openGit(c); err != nil {
		return err
	}
	return errReadOnly
}

var errReadOnly = fiber.NewError(fiber.StatusForbidden, "This address is read-only: use git fetch, git clone or git ls-remote. To change a branch, push to the repository's own remote.")

func setGitType(c *fiber.Ctx, kind string) {
	c.Set(fiber.HeaderContentType, "application/x-"+uploadPack+"-"+kind)
	c.Set(fiber.HeaderCacheControl, "no-cache")
}

func (s *Pages) openGit(c *fiber.Ctx) (appwork.GitView, error) {
	name, err := url.PathUnescape(strings.Clone(c.Params("id")))
	if err != nil {
		return appwork.GitView{}, fault.Missing("repository")
	}
	return s.work.OpenGit(c.UserContext(), gitActor(c), name)
}

// enterGit counts a fetch in progress. The caller leaves exactly once.
func (s *Pages) enterGit(c *fiber.Ctx) (leave func(), err error) {
	leave, ok := s.kit.EnterFetch(gitActor(c).User, fetchesPerPerson, fetchesPerServer)
	if !ok {
		c.Set(fiber.HeaderRetryAfter, "5")
		return nil, fault.New(fault.Exhausted, "Too many fetches are in progress: at most %d of yours, and %d in all. Try again when one has ended.", fetchesPerPerson, fetchesPerServer)
	}
	return leave, nil
}

// fetchRequest is the body of a request, unpacked. Fiber's own method would unpack it without a limit.
func fetchRequest(c *fiber.Ctx) ([]byte, error) {
	body := bytes.Clone(c.Request().Body())
	if c.Get(fiber.HeaderContentEncoding) == "" || strings.EqualFold(c.Get(fiber.HeaderContentEncoding), "identity") {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fiber.NewError(fiber.StatusBadRequest, "The body is not valid gzip.")
	}
	body, err = io.ReadAll(io.LimitReader(z, maxFetchRequest+1))
	switch {
	case err != nil:
		return nil, fiber.NewError(fiber.StatusBadRequest, "The body is not valid gzip.")
	case len(body) > maxFetchRequest:
		return nil, fiber.NewError(fiber.StatusRequestEntityTooLarge, "The request is larger than 8 MiB. Fetch fewer branches at once.")
	}
	return body, nil
}

// streamGit sends objects until the client has them or goes, its token is revoked, or the server stops.
func (s *Pages) streamGit(c *fiber.Ctx, view appwork.GitView, request []byte, leave func()) error {
	v := *gitVisitOf(c)
	person, leavePerson, err := apppeople.HangPerson(s.kernel.Hub, v.actor.User)
	if err != nil {
		leave()
		return err
	}
	protocol, conn, leavePlace := strings.Clone(c.Get("Git-Protocol")), c.Context().Conn(), webkit.KeepPlace(c)
	log := s.kit.Log.With("request_id", webkit.RequestID(c))
	c.Context().Response.SetConnectionClose()
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer leave()
		defer leavePerson()
		defer leavePlace()
		ctx, cancel := context.WithTimeout(context.Background(), fetchWithin)
		defer cancel()
		go s.watchGit(ctx, cancel, v, person.Ring)
		out := &fetchWriter{w: w, conn: conn, gone: cancel}
		err := fault.Catch(func() error { return view.Upload(ctx, protocol, request, out) })
		if err != nil && out.err == nil && !errors.Is(err, context.Canceled) {
			log.Error("send objects to a git client", "error", err)
		}
	})
	return nil
}

// watchGit ends a fetch whose sender lost the right to it, and every fetch when the server stops.
func (s *Pages) watchGit(ctx context.Context, end func(), v gitVisit, ring <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.kernel.Hub.Done():
			end()
			return
		case <-ring:
			if by, err := s.people.ActorForToken(ctx, v.token); err != nil || by.Tenant != v.actor.Tenant {
				end()
				return
			}
		}
	}
}
