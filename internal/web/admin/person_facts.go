package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// accountFacts are the lines about the account itself.
func accountFacts(s kit.Speaker, of person) (out []personFact) {
	for _, fact := range []func(kit.Speaker, person) personFact{statusFact, roleFact, groupsFact, passwordFact, lockFact, addressFact, phoneFact} {
		out = append(out, fact(s, of))
	}
	if !of.DeletesAt.IsZero() {
		out = append(out, leavingFact(s, of))
	}
	return out
}

// leavingFact says when the account is deleted at its owner's wish, which whoever may manage people
// can take back.
func leavingFact(s kit.Speaker, of person) personFact {
	return personFact{Label: s.T("person.leaves"), Text: s.T("person.leavesAt", "Date", s.Date(of.DeletesAt, s.Zone)), Acts: offered(s, of, "keepAccount")}
}

func statusFact(s kit.Speaker, of person) personFact {
	f := personFact{Label: s.T("person.status"), Text: s.StatusPill(string(of.Status)).Text, Time: s.Since("person.added", of.CreatedAt)}
	switch {
	case of.Status == sallyport.UserInvited && of.does(account.NeedManage):
		f.Acts = []*kit.ConfirmView{askResend(s, of.User), askWithdraw(s, of.User)}
	case of.Status == sallyport.UserActive && of.does(account.NeedDisable):
		f.Acts = []*kit.ConfirmView{askDisable(s, of.User)}
	case of.Status == sallyport.UserDisabled:
		f.Time = s.Since("person.since", of.DisabledAt)
	case of.Status == sallyport.UserClosed:
		f.Time = s.Since("person.since", of.DisputedSince)
	}
	if f.Acts == nil && of.Status != sallyport.UserActive && of.does(account.NeedManage) {
		f.Acts = []*kit.ConfirmView{askEnable(s, of.User)}
	}
	return f
}

func roleFact(s kit.Speaker, of person) personFact {
	f := personFact{Label: s.T("list.role"), Text: roleOf(s, of)}
	if of.does(account.NeedManage) {
		f.Links = []kit.Anchor{{Text: s.T("team.roleTitle"), Path: personPath(of.ID, "role")}}
	}
	return f
}

func groupsFact(s kit.Speaker, of person) personFact {
	f := personFact{Label: s.T("person.groups"), Text: s.T("person.noGroups")}
	if len(of.Groups) > 0 {
		f.Text = ""
	}
	for _, g := range of.Groups {
		f.Names = append(f.Names, kit.Anchor{Text: g.Name, Path: "/settings/groups/" + g.ID})
	}
	return f
}

func passwordFact(s kit.Speaker, of person) personFact {
	f := personFact{Label: s.T("password.heading"), Time: s.Since("time.changed", of.PasswordChangedAt), Acts: offered(s, of, "demandPassword", "resetPassword")}
	switch {
	case of.PasswordHash == "":
		f.Text, f.Time = s.T("person.noPassword"), nil
	case of.MustChangePassword:
		f.Text = s.T("person.passwordDemanded")
	}
	return f
}

// lockWords are what the locks of each scope mean.
var lockWords = map[throttle.Scope]string{
	throttle.Account: "person.lockStrangers", throttle.Device: "person.lockDevice", throttle.Reauth: "person.lockSession",
	throttle.Factor: "person.lockFactor", throttle.PasswordRun: "person.lockPassword", throttle.FactorRun: "person.lockMethod",
}

func lockFact(s kit.Speaker, of person) personFact {
	f := personFact{Label: s.T("person.lock"), Text: s.T("person.notLocked"), Acts: offered(s, of, "unlock")}
	if len(of.Locks) > 0 {
		f.Text = lockText(s, of.Locks[0])
	}
	return f
}

// lockText says whom a lock keeps out, and until when.
func lockText(s kit.Speaker, l throttle.Held) string {
	text := s.T(lockWords[l.Scope], "Method", s.MethodName(l.Method))
	if l.Until.Equal(throttle.UntilRecovery) {
		return text
	}
	return s.T("person.lockUntil", "Lock", text, "Time", s.Exact(l.Until, s.Zone))
}

func addressFact(s kit.Speaker, of person) personFact {
	f := personFact{Label: s.T("field.email"), Text: s.T("person.addressUnproven"), Time: s.Since("person.addressProven", of.EmailVerifiedAt)}
	if f.Time != nil {
		f.Text = ""
	}
	if len(of.Former) > 0 {
		f.Text = s.T("person.addressBefore", "Address", of.Former[0].Email, "Date", s.Date(of.Former[0].ReservedUntil, s.Zone))
		f.Acts = offered(s, of, "restoreEmail")
	}
	return f
}

func phoneFact(s kit.Speaker, of person) personFact {
	f := personFact{Label: s.T("general.phone"), Text: of.Phone, Time: s.Since("time.verified", of.PhoneVerifiedAt)}
	if of.Phone == "" {
		f.Text = s.T("general.none")
	}
	return f
}
