package repos

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

func forgeTokenPlace(t tenant.ID, r repository.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "repository_forges", Row: string(r), Column: "token"}
}

// Forge returns where a repository's pull requests are, without the token; the zero Stored if it has no forge.
func (a *Verbs) Forge(ctx context.Context, by tenant.Actor, rid repository.ID) (f forge.Stored, err error) {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return f, err
	}
	err = a.k.Read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error {
		if _, err := dbrepos.On(sc).Repository(ctx, rid); err != nil {
			return err
		}
		f, err = readForge(ctx, sc, rid)
		return err
	})
	return f, err
}

func readForge(ctx context.Context, sc *dbkernel.Scope, rid repository.ID) (forge.Stored, error) {
	f, err := dbrepos.On(sc).Forge(ctx, rid)
	if fault.Is(err, fault.NotFound) {
		return forge.Stored{}, nil
	}
	return f, err
}

// SetForge stores where a repository's pull requests are and the token for it, after the forge reported what the token can do. An empty
// token keeps the stored one, but only for the same API URL: a token is never sent to another address than the one it was entered for.
func (a *Verbs) SetForge(ctx context.Context, by tenant.Actor, rid repository.ID, s forge.Settings, token string) (f forge.Stored, err error) {
	s, token = tidyForge(s), strings.TrimSpace(token)
	if token, err = a.tokenFor(ctx, by, rid, s, token); err != nil {
		return f, err
	}
	access, err := a.checkAccess(ctx, s, token)
	if err != nil {
		return f, err
	}
	f = forge.Stored{Settings: s, Access: access, CheckedAt: a.k.Clock.Now()}
	return f, a.editRepositoryAs(ctx, by, rid, "set_forge", func(sc *dbkernel.Scope, _ repository.Repository) (string, error) {
		sealed := a.k.Keys.Seal(forgeTokenPlace(by.Tenant, rid), token)
		return ": " + s.Project + " on " + s.Host(), dbrepos.On(sc).SetForge(ctx, rid, f, sealed)
	})
}

func tidyForge(s forge.Settings) forge.Settings {
	s.API = strings.TrimRight(text.URL(strings.TrimSpace(s.API)), "/")
	s.Project = strings.TrimSuffix(strings.Trim(strings.TrimSpace(s.Project), "/"), ".git")
	return s
}

// tokenFor returns the token to use with the settings: the entered one, or the stored one if it was entered for the same API URL.
func (a *Verbs) tokenFor(ctx context.Context, by tenant.Actor, rid repository.ID, s forge.Settings, token string) (string, error) {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return "", err
	}
	var was forge.Stored
	if err := a.k.Read(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) (err error) {
		if _, err = dbrepos.On(sc).Repository(ctx, rid); err != nil {
			return err
		}
		was, err = readForge(ctx, sc, rid)
		return err
	}); err != nil {
		return "", err
	}
	if err := s.Check(); err != nil {
		return "", err
	}
	if token != "" {
		return token, checkToken(token)
	}
	if !was.IsSet() || was.API != s.API || was.Kind != s.Kind {
		return "", fault.Field("token", "Enter a token for %s.", s.Host())
	}
	_, token, err := a.ForgeSource(ctx, by.Tenant, rid)
	return token, err
}

// maxToken is more than any forge's token has.
const maxToken = 2000

// checkToken refuses what cannot be sent in a header.
func checkToken(token string) error {
	for _, c := range token {
		if c <= ' ' || c > '~' || len(token) > maxToken {
			return fault.Field("token", "Enter the token without spaces: letters, digits and punctuation, at most %d characters.", maxToken)
		}
	}
	return nil
}

// checkAccess asks the forge what the token can do and refuses one that cannot open pull requests.
func (a *Verbs) checkAccess(ctx context.Context, s forge.Settings, token string) (forge.Access, error) {
	port, err := a.connect(s, token)
	if err != nil {
		return forge.Access{}, err
	}
	access, err := port.Access(ctx)
	switch {
	case err != nil:
		return access, forgeField(err, s.Host())
	case !access.TakesPulls:
		return access, fault.Field("project", "Pull requests are turned off for %s on %s.", s.Project, s.Host())
	case !access.CanPush:
		return access, fault.Field("token", "The token can read %s on %s, but it cannot push branches. It requires write access to code and pull requests.", s.Project, s.Host())
	}
	return access, nil
}

// forgeField is a forge's refusal as the fault of a field.
func forgeField(err error, host string) error {
	field := map[forge.Reason]string{forge.BadToken: "token", forge.Forbidden: "token", forge.Missing: "project"}[forge.ReasonOf(err)]
	if field == "" {
		field = "api_url"
	}
	if f := forge.Fault(err, host); forge.ReasonOf(err) != "" {
		return fault.Field(field, "%s", f.Error()).Because(err)
	}
	return err
}

func (a *Verbs) connect(s forge.Settings, token string) (forge.Port, error) {
	if a.opts.ConnectForge == nil {
		return nil, fault.New(fault.Unavailable, "This program does not connect to forges. Use the running server.")
	}
	return a.opts.ConnectForge(s, token)
}

// RemoveForge deletes a repository's forge with its token. Pull requests on the forge and what is stored about them are kept.
func (a *Verbs) RemoveForge(ctx context.Context, by tenant.Actor, rid repository.ID) error {
	return a.editRepositoryAs(ctx, by, rid, "remove_forge", func(sc *dbkernel.Scope, _ repository.Repository) (string, error) {
		return "", dbrepos.On(sc).DropForge(ctx, rid)
	})
}

// ForgeSource returns a repository's forge with its decrypted token, for the verbs and loops that send requests; Missing if it has none.
func (a *Verbs) ForgeSource(ctx context.Context, t tenant.ID, rid repository.ID) (f forge.Stored, token string, err error) {
	var sealed string
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		if f, err = dbrepos.On(sc).Forge(ctx, rid); err != nil {
			return err
		}
		sealed, err = dbrepos.On(sc).ForgeToken(ctx, rid)
		return err
	})
	if err == nil {
		token, err = a.k.Keys.Open(forgeTokenPlace(t, rid), sealed)
	}
	return f, token, err
}

// ForgePort connects to a repository's forge; Missing if it has none.
func (a *Verbs) ForgePort(ctx context.Context, t tenant.ID, rid repository.ID) (forge.Port, forge.Stored, error) {
	f, token, err := a.ForgeSource(ctx, t, rid)
	if err != nil {
		return nil, f, err
	}
	p, err := a.connect(f.Settings, token)
	return p, f, err
}
