package profile

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// verdict is how Profile > Security opens: what needs its reader, or that nothing does and
// since when.
type verdict struct {
	Tone, Icon string
	Title      string
	Guard      string // what guards the account
	Sessions   string // where it is signed in
	Needs      []need
}

// need is one thing that needs the reader, with what they can do about it.
type need struct {
	ID, Icon, Tone string
	Title, Text    string
	Lines          []string // sentences, without a full stop
	Time           *kit.Moment
	Acts           []needAct
}

// needAct is a link, or a button where the act changes something, or what is asked about first.
type needAct struct {
	Text, Path string
	Post       bool
	Ask        *kit.ConfirmView
}

// standing is what the verdict is about.
type standing struct {
	user    sallyport.User
	policy  sallyport.Policy
	factors mfa.Factors
	live    liveSessions
	unusual []unusual
	devices time.Time // when the latest device came or was blocked
}

// unusual is a sign-in that its owner has not answered for.
type unusual struct {
	sallyport.Attempt
	live, current bool             // its session goes on; it is the one in use
	deny          *kit.ConfirmView // that it was somebody else; nil where it is not live
}

// few are the numbers that are written as words.
var few = []string{2: "verdict.needs2", 3: "verdict.needs3", 4: "verdict.needs4", 5: "verdict.needs5"}

func viewVerdict(s kit.Speaker, st standing) *verdict {
	v := &verdict{Guard: s.T("verdict.passwordOnly"), Sessions: signedIn(s, st.live)}
	switch {
	case st.policy.SSORequired:
		v.Guard = ""
	case st.factors.Enabled:
		v.Guard = s.T("verdict.twoFactor")
	}
	for _, u := range st.unusual {
		v.Needs = append(v.Needs, needAnswer(s, u))
	}
	for _, find := range []func(kit.Speaker, standing) *need{needKeep, needAddress, needFactor, needLonger, needCodes, needRotation} {
		if n := find(s, st); n != nil {
			v.Needs = append(v.Needs, *n)
		}
	}
	v.Tone, v.Icon, v.Title = "good", "shield-check", quietSince(s, st)
	if n := len(v.Needs); n > 0 {
		v.Tone, v.Icon, v.Title = "info", "info-circle", s.N("verdict.needs", n)
		if n < len(few) && few[n] != "" {
			v.Title = s.T(few[n])
		}
		if len(st.unusual) > 0 || !st.user.DeletesAt.IsZero() {
			v.Tone, v.Icon = "warn", "alert-triangle"
		}
	}
	return v
}

// needAnswer asks about an unusual sign-in.
func needAnswer(s kit.Speaker, u unusual) need {
	at := s.Moment("session.started", u.CreatedAt)
	n := need{
		ID: "unusual-" + u.SessionID, Icon: "alert-triangle", Tone: "warn", Title: s.T("confirmActivity.title"),
		Text: s.T("verdict.where", "Device", s.Device(u.DeviceInfo), "Place", s.Place(u.Location)), Time: &at,
		Acts: []needAct{{Text: s.T("confirmActivity.act"), Path: sessionsPath + "/" + u.SessionID + "/mine", Post: true}},
	}
	for _, f := range u.Assessment.Findings {
		n.Lines = append(n.Lines, s.Finding(f))
	}
	switch {
	case u.SessionID == "": // refused; the mail about it takes the answer that it was them
		n.ID, n.Title, n.Acts = "unusual-"+u.ID, s.T("verdict.refusedTitle"), nil
		n.Lines = append(n.Lines, s.T("verdict.refusedMine"))
		n.Acts = append(n.Acts, needAct{Text: s.T("password.change"), Path: kit.PasswordPath})
	case u.current: // whoever asks is in it
	case u.live:
		n.Acts = append(n.Acts, needAct{Ask: u.deny})
	default: // over, so there is nothing to end, and the account to look after
		n.Acts = append(n.Acts, needAct{Text: s.T("confirmActivity.not"), Path: lockdownPath})
	}
	return n
}

// needKeep says when the account will be deleted, and offers to keep it.
func needKeep(s kit.Speaker, st standing) *need {
	if st.user.DeletesAt.IsZero() {
		return nil
	}
	return &need{
		ID: "leaves", Icon: "alert-triangle", Tone: "warn", Title: s.T("ownData.waitsTitle", "Date", s.Date(st.user.DeletesAt, s.Zone)), Text: s.T("ownData.waitsText"),
		Acts: []needAct{{Text: s.T("ownData.keepAct"), Path: dataKeepPath, Post: true}},
	}
}

// needAddress asks to prove the address that mails go to.
func needAddress(s kit.Speaker, st standing) *need {
	if !st.user.EmailVerifiedAt.IsZero() {
		return nil
	}
	return &need{
		ID: "verify", Icon: "mail", Tone: "info", Title: s.T("verify.bannerTitle"), Text: s.T("verify.bannerText", "Email", st.user.Email),
		Acts: []needAct{{Text: s.T("verify.bannerAct"), Path: verificationPath, Post: true}},
	}
}

// needFactor asks for a second factor where one can be set up.
func needFactor(s kit.Speaker, st standing) *need {
	if st.policy.SSORequired || st.factors.Enabled || len(st.factors.Allowed) == 0 {
		return nil
	}
	return &need{
		ID: "factor", Icon: "shield-lock", Tone: "info", Title: s.T("verdict.factorTitle"), Text: s.T("verdict.factorText"),
		Acts: []needAct{{Text: s.T("verdict.factorAct"), Path: kit.AddFactorPath}},
	}
}

// needLonger asks for a longer password where it has become all there is. It locks nothing either.
func needLonger(s kit.Speaker, st standing) *need {
	if !policy.TooShort(st.policy, st.user, s.Now) {
		return nil
	}
	return &need{
		ID: "longer", Icon: "key", Tone: "info",
		Title: s.T("verdict.longerTitle"), Text: s.N("verdict.longerText", policy.LengthAlone(st.policy)),
		Acts: []needAct{{Text: s.T("password.change"), Path: kit.PasswordPath}},
	}
}

// needCodes asks for new backup codes when nobody has saved the present ones, and before the last
// one is used.
func needCodes(s kit.Speaker, st standing) *need {
	if !st.factors.Enabled || !st.factors.Codes {
		return nil
	}
	row := viewCodesRow(s, st.factors)
	if st.factors.Unsaved {
		return &need{
			ID: "codes", Icon: "list-numbers", Tone: "info", Title: s.T("verdict.unsavedTitle"), Text: s.T("verdict.unsavedText"),
			Acts: []needAct{{Text: row.New.Text, Path: row.New.Path}, {Text: s.T("verdict.unsavedSaved"), Path: kit.CodesSavedPath, Post: true}},
		}
	}
	if row.Warning == nil {
		return nil
	}
	return &need{
		ID: "codes", Icon: "list-numbers", Tone: "info", Title: s.N("verdict.codesTitle", st.factors.CodesLeft), Text: row.Help,
		Acts: []needAct{{Text: row.New.Text, Path: row.New.Path}},
	}
}

// needRotation reminds of changing a password that is older than the policy likes. It is a
// reminder and locks nothing. Nobody is asked twice for a new one.
func needRotation(s kit.Speaker, st standing) *need {
	if st.policy.SSORequired || policy.TooShort(st.policy, st.user, s.Now) || !policy.RotationDue(st.policy, st.user.PasswordChangedAt, s.Now) {
		return nil
	}
	age := s.Now.Sub(st.user.PasswordChangedAt)
	return &need{
		ID: "rotation", Icon: "calendar-clock", Tone: "info",
		Title: s.N("rotation.title", int(age.Hours()/24)), Text: s.N("rotation.text", int(st.policy.PasswordRotation.Hours()/24)),
		Acts: []needAct{{Text: s.T("password.change"), Path: kit.PasswordPath}},
	}
}

// quietSince says since when neither the protection of the account nor its devices changed.
func quietSince(s kit.Speaker, st standing) string {
	last := slices.MaxFunc([]time.Time{st.user.CreatedAt, st.user.PasswordChangedAt, st.user.EmailVerifiedAt, st.factors.CodesFrom, st.devices}, time.Time.Compare)
	for _, f := range slices.Concat(st.factors.Current, st.factors.Former) {
		last = slices.MaxFunc([]time.Time{last, f.VerifiedAt, f.EndedAt}, time.Time.Compare)
	}
	if last.IsZero() || s.Date(last, s.Zone) == s.Date(s.Now, s.Zone) {
		return s.T("verdict.quiet")
	}
	return s.T("verdict.quietSince", "Date", s.Date(last, s.Zone))
}

// signedIn counts the sessions and the countries they are in.
func signedIn(s kit.Speaker, live liveSessions) string {
	text := s.N("sessions.count", len(live.shown))
	if live.more {
		text = s.T("sessions.many", "Count", len(live.shown))
	}
	var countries []string
	for _, session := range live.shown {
		if code := session.Location.Country; code != "" && !slices.Contains(countries, code) {
			countries = append(countries, code)
		}
	}
	switch len(countries) {
	case 0:
		return text
	case 1:
		return s.T("verdict.in", "Sessions", text, "Where", s.T("verdict.oneCountry", "Country", s.Country(countries[0])))
	}
	return s.T("verdict.in", "Sessions", text, "Where", s.N("verdict.countries", len(countries)))
}

// pin puts the sessions that began unusually on top, and marks them.
func (v *sessionsView) pin(s kit.Speaker, all []unusual) {
	for i := range v.Sessions {
		row := &v.Sessions[i]
		if slices.ContainsFunc(all, func(u unusual) bool { return u.SessionID == row.ID }) {
			row.Unusual = &kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("session.unusual")}
		}
	}
	slices.SortStableFunc(v.Sessions, func(a, b kit.SessionRow) int {
		switch {
		case (a.Unusual != nil) == (b.Unusual != nil):
			return 0
		case a.Unusual != nil:
			return -1
		}
		return 1
	})
}
