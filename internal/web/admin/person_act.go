package admin

import (
	"errors"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// personAct is an act on somebody that is asked about first. Its texts are "person.act." with its
// words and "", "Title", "Text", "Act"; what is said afterwards is "flash.person." with them.
type personAct struct {
	path  string // last part of its address
	words string
	icon  string
	need  act.Need
	calm  bool              // it harms nothing
	fits  func(person) bool // it makes sense for somebody as they are
	do    func(p *Pages, v *kit.Visit, actor sallyport.Actor, userID string) error
	last  bool // it answers itself, with what is shown once
}

// personActs is THE table of acts on somebody on their page, besides those on one session or one
// second factor. Each decides itself what it takes.
var personActs = []personAct{
	{
		path: "terminate-sessions", words: "terminateAll", icon: "logout", need: session.NeedTerminate,
		fits: func(p person) bool { return len(p.sessions) > 0 },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			_, err := p.Sessions.TerminateAllOf(v.R.Context(), actor, id)
			return err
		},
	},
	{
		path: "unlock", words: "unlock", icon: "circle-check", need: account.NeedManage, calm: true,
		fits: func(p person) bool { return len(p.Locks) > 0 },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Accounts.Unlock(v.R.Context(), actor, id)
		},
	},
	{
		path: "restore-email", words: "restoreEmail", icon: "mail", need: account.NeedManage,
		fits: func(p person) bool { return len(p.Former) > 0 },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Accounts.RestoreEmail(v.R.Context(), actor, id)
		},
	},
	{
		path: "keep", words: "keepAccount", icon: "circle-check", need: account.NeedKeepOf, calm: true,
		fits: func(p person) bool { return !p.DeletesAt.IsZero() && p.ErasingAt.IsZero() },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Accounts.KeepAccountOf(v.R.Context(), actor, id)
		},
	},
	{
		path: "demand-password", words: "demandPassword", icon: "key", need: account.NeedManage, calm: true,
		fits: func(p person) bool {
			return p.PasswordHash != "" && !p.MustChangePassword && p.Status == sallyport.UserActive
		},
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Accounts.DemandPassword(v.R.Context(), actor, id)
		},
	},
	{
		path: "reset-password", words: "resetPassword", icon: "mail", need: account.NeedManage, calm: true,
		fits: func(p person) bool { return p.Status == sallyport.UserActive },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Accounts.MailReset(v.R.Context(), actor, id)
		},
	},
	{
		path: "mail-set-up", words: "mailSetUp", icon: "mail", need: mfa.NeedManage, calm: true,
		fits: func(p person) bool {
			return p.Status == sallyport.UserActive && p.SecondFactor != sallyport.StrongFactor && len(p.factors.Allowed) > 0
		},
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Factors.MailSetUp(v.R.Context(), actor, id)
		},
	},
	{
		path: "require-mfa", words: "requireMFA", icon: "shield-lock", need: mfa.NeedManage, calm: true,
		fits: func(p person) bool { return !p.MFARequired },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Factors.Require(v.R.Context(), actor, id, true)
		},
	},
	{
		path: "waive-mfa", words: "waiveMFA", icon: "shield-half", need: mfa.NeedManage,
		fits: func(p person) bool { return p.MFARequired },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Factors.Require(v.R.Context(), actor, id, false)
		},
	},
	{
		path: "end-exemption", words: "endExemption", icon: "shield-lock", need: mfa.NeedManage, calm: true,
		fits: func(p person) bool { return !p.factors.ExemptUntil.IsZero() },
		do: func(p *Pages, v *kit.Visit, actor sallyport.Actor, id string) error {
			return p.Factors.Exempt(v.R.Context(), actor, id, time.Time{}, "")
		},
	},
	{
		path: "backup-codes", words: "backupCodes", icon: "list-numbers", need: mfa.NeedManage, last: true,
		fits: func(p person) bool { return p.factors.Enabled && p.factors.Codes },
		do:   (*Pages).personCodes,
	},
}

// personRoutes are the pages that ask, and what they do.
func (p *Pages) personRoutes() (routes []kit.Route) {
	for _, one := range personActs {
		routes = append(routes, p.Confirm(kit.Confirm{
			Path: personPattern + "/" + one.path, Need: one.need,
			Ask: func(v *kit.Visit) (*kit.ConfirmView, error) {
				u, err := p.mayTo(v, one.need)
				return one.ask(v.Speaker, u), err
			},
			Do: func(v *kit.Visit) error {
				id := v.R.PathValue("id")
				err := one.do(p, v, p.Actor(v), id)
				if err == nil && one.last {
					return nil
				}
				return p.personDone(v, id, "flash.person."+one.words, err)
			},
		})...)
	}
	return routes
}

// personDone goes back to the page of a person, which says what was done, or why it was not: they
// changed meanwhile so that an act does not fit any more, or are the only owner.
func (p *Pages) personDone(v *kit.Visit, id, said string, err error) error {
	return actDone(v, personPath(id), said, err)
}

// actDone goes back to a page, which says what was done, or why it was not.
func actDone(v *kit.Visit, to, said string, err error) error {
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeLastOwner:
		said = "flash.admin.lastOwner"
	case errors.Is(err, sallyport.ErrConflict):
		said = "flash.person.changed"
	case err != nil:
		return err
	}
	return done(v, to, said, 0)
}

// ask is the question before the act.
func (a personAct) ask(s kit.Speaker, u sallyport.User) *kit.ConfirmView {
	words := "person.act." + a.words
	return &kit.ConfirmView{
		ID: a.path, Path: personPath(u.ID, a.path), Back: personPath(u.ID), Icon: a.icon, Calm: a.calm,
		Text: s.T(words), Title: s.T(words+"Title", "Name", u.Name()), Lines: []string{s.T(words+"Text", "Name", u.Name())}, Act: s.T(words + "Act"),
	}
}

// personCodes makes new backup codes for somebody, to be handed over. They are part of the
// answer, because they are shown this once.
func (p *Pages) personCodes(v *kit.Visit, actor sallyport.Actor, userID string) error {
	codes, err := p.Factors.NewBackupCodesOf(v.R.Context(), actor, userID)
	if err != nil {
		return err
	}
	found, err := p.Accounts.Person(v.R.Context(), actor, userID)
	if err != nil {
		return err
	}
	view := viewCodesOf(v.Speaker, v.Tenant.Name, found.User, codes)
	return p.Show(v, http.StatusOK, "person_codes", view.Title, view)
}

// viewCodesOf shows codes to the admin who hands them over.
func viewCodesOf(s kit.Speaker, organisation string, u sallyport.User, codes []string) *kit.CodesView {
	v := kit.ViewCodes(s, organisation, u.Email, codes)
	v.Title, v.Lead = s.T("person.codesTitle", "Name", u.Name()), s.T("person.codesLead")
	v.Handed = &kit.Anchor{Text: s.T("person.codesHanded"), Path: personPath(u.ID)}
	return v
}
