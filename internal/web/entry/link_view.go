package entry

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// linkView is where a mailed link leads: one act behind one button, since mail
// scanners open every link they see.
type linkView struct {
	Icon, Tone  string
	Title, Lead string
	Lines       []string // what will happen
	Path        string
	Password    *kit.Field
	Act         string   // "" where there is nothing to do
	Otherwise   string   // what to do when this is not wanted
	Contacts    []string // e-mail addresses of who can help, where nothing else does
	Close       *closeView

	ErrorSummary *kit.ErrorSummary
}

// closeView closes the account too. It has a form of its own, so that a password manager which
// fills in the password cannot close it.
type closeView struct {
	Password *kit.Field
	Open     bool
}

func viewVerify(s kit.Speaker, path, organisation string) *linkView {
	return &linkView{
		Icon: "mail-check", Tone: "info", Path: path,
		Title: s.T("verify.heading"), Lead: s.T("verify.lead", "Organisation", organisation),
		Act: s.T("verify.act"), Otherwise: s.T("verify.otherwise"),
	}
}

func viewUnlock(s kit.Speaker, path string) *linkView {
	return &linkView{
		Icon: "lock-open", Tone: "info", Path: path,
		Title: s.T("unlock.heading"), Lead: s.T("unlock.lead"),
		Act: s.T("unlock.act"), Otherwise: s.T("unlock.otherwise"),
	}
}

// viewNotMe says what will happen: to the session that the mail was about, or to
// all of them when it cannot be told which one it was.
func viewNotMe(s kit.Speaker, path string, oneSession, oneDevice bool) *linkView {
	sessions, devices := "notMe.allSessions", "notMe.allDevices"
	if oneSession {
		sessions = "notMe.oneSession"
	}
	if oneDevice {
		devices = "notMe.oneDevice"
	}
	field := kit.PasswordField("currentPassword", s.T("field.password"), "current-password")
	return &linkView{
		Icon: "alert-triangle", Tone: "warn", Path: path, Close: &closeView{Password: &field},
		Title: s.T("notMe.heading"), Lead: s.T("notMe.lead"),
		Lines: []string{s.T(sessions), s.T(devices), s.T("notMe.takeBack"), s.T("notMe.reset")},
		Act:   s.T("notMe.act"), Otherwise: s.T("notMe.otherwise"),
	}
}

// refuse shows what was wrong with the password.
func (v *linkView) refuse(s kit.Speaker, err *sallyport.Error) {
	v.Close.Open = true
	if v.ErrorSummary = kit.Problems(s.Printer, err, v.Close.Password); v.ErrorSummary == nil {
		v.ErrorSummary = signInProblem(s, err)
	}
}

func viewNotMeDone(s kit.Speaker, done account.NotMeDone) *kit.DoneView {
	v := &kit.DoneView{
		Title: s.T("notMe.doneTitle"), Done: []string{s.T("notMe.doneNoSession")},
		Report: kit.ReportOf(s, s.T("notMe.doneBack"), done.TakenBack),
	}
	if done.Sessions > 0 {
		v.Done[0] = s.N("notMe.doneSessions", done.Sessions)
	}
	devices := "notMe.doneDevices"
	if done.Device && !done.Closed {
		devices = "notMe.doneDevice"
	}
	v.Done = append(v.Done, s.T(devices))
	if done.Closed {
		v.Title = s.T("notMe.closedTitle")
		v.Done = append(v.Done, s.T("notMe.doneClosed"))
		v.Next = []string{s.T("notMe.nextReopen"), s.T("notMe.nextAdmin"), s.T("notMe.nextMail")}
		return v
	}
	v.Done = append(v.Done, s.T("notMe.donePassword"), s.T("notMe.doneMail"))
	v.Next = []string{s.T("notMe.nextPassword"), s.T("notMe.nextElsewhere"), s.T("notMe.nextMail"), s.T("notMe.nextLockdown")}
	return v
}

// expiredLinks is what to do when a link does not work any more: the words and
// the way on, by the first part of its path.
var expiredLinks = map[string]struct{ text, act, path string }{
	recoveryPath:    {"expired.recovery", "expired.recoveryAct", recoveryPath},
	verifyPath:      {"expired.verify", "error.home", kit.HomePath},
	invitationPath:  {"expired.invitation", "act.toSignIn", kit.SignInPath},
	unlockPath:      {"expired.unlock", "act.toSignIn", kit.SignInPath},
	notMePath:       {"expired.notMe", "expired.recoveryAct", recoveryPath},
	confirmLinkPath: {"expired.confirmLink", "error.home", kit.HomePath},
	reopenPath:      {"expired.reopen", "expired.reopenAct", recoveryPath},
	trustLinkPath:   {"expired.trustLink", "devices.see", kit.DevicesPath},
	undoEmailPath:   {"expired.undoEmail", "act.toSignIn", kit.SignInPath},
}

// viewExpired explains a link that is used, replaced or too old: which of them,
// nobody is told.
func viewExpired(s kit.Speaker, base string, status int, code sallyport.Code) *kit.ErrorView {
	e := expiredLinks[base]
	v := kit.ViewError(s, status, code, "")
	v.Icon, v.Tone, v.Title, v.Text = "clock", "warn", s.T("expired.title"), s.T(e.text)
	v.Act = kit.Anchor{Text: s.T(e.act), Path: e.path}
	return v
}

// viewGone says that a link has to be opened again, which may work.
func viewGone(s kit.Speaker) *kit.ErrorView {
	v := kit.ViewError(s, http.StatusNotFound, sallyport.CodeLinkExpired, "")
	v.Icon, v.Tone, v.Title, v.Text = "mail", "warn", s.T("expired.goneTitle"), s.T("expired.gone")
	return v
}
