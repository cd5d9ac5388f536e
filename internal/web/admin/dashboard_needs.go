package admin

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// mostNeeds is how many lines of what needs an admin are open.
const mostNeeds = 5

// dashboardVerdict is how the page opens.
type dashboardVerdict struct{ Tone, Icon, Title, Text string }

// dashboardNeed is one thing that needs an admin, with what to do about it.
type dashboardNeed struct {
	ID, Tone, Icon string
	Title, Text    string
	Acts           []dashboardAct
	First          bool // the most urgent one: only its act stands out
}

// dashboardAct is a link, or what is asked about first.
type dashboardAct struct {
	Text, Path string
	Ask        *kit.ConfirmView
	First      bool // the most likely one
}

// needLook is how a need is shown, and where it leads.
type needLook struct {
	tone, icon string
	path       string // of the list; "" for what has its own acts only
}

var needLooks = map[dashboard.NeedKind]needLook{
	dashboard.UnderAttack:   {"bad", "alert-triangle", guessingPath},
	dashboard.Flagged:       {"bad", "devices", devicesPath + "?status=active&status=suspended&compromised=yes"},
	dashboard.Unanswered:    {"warn", "login", attemptsPath + "?unusual=unanswered"},
	dashboard.Locked:        {"warn", "lock", lockedPath},
	dashboard.Certificates:  {"warn", "shield-lock", ""},
	dashboard.DeadMails:     {"warn", "mail", ""},
	dashboard.NotEnrolled:   {"info", "shield-half", notEnrolledPath},
	dashboard.QuarterReview: {"info", "list-numbers", "#checklist"},
}

// dashboardNeeds puts what needs an admin in words, with its acts.
func (p *Pages) dashboardNeeds(v *kit.Visit, needs []dashboard.Need) (out []dashboardNeed, err error) {
	for _, n := range needs {
		line := viewNeed(v.Speaker, n)
		switch {
		case n.Kind == dashboard.UnderAttack:
			if err := p.attackActs(v, &line, n.Count); err != nil {
				return nil, err
			}
		case n.Kind == dashboard.DeadMails && has(p.Actor(v), dashboard.NeedRetryMails.Permission):
			line.Acts = append(line.Acts, dashboardAct{Ask: askRetry(v.Speaker, n.Count), First: true})
		case n.Kind == dashboard.NotEnrolled && has(p.Actor(v), mfa.NeedRemind.Permission):
			line.Acts = append(line.Acts, dashboardAct{Ask: confirmReminder(v.Speaker, mfa.Demanded, int(n.Count))})
		}
		out = append(out, line)
	}
	return out, nil
}

func viewNeed(s kit.Speaker, n dashboard.Need) dashboardNeed {
	look, words := needLooks[n.Kind], "dashboard.need."+string(n.Kind)
	line := dashboardNeed{ID: string(n.Kind), Tone: look.tone, Icon: look.icon, Text: s.T(words + "Text")}
	switch n.Kind {
	case dashboard.UnderAttack:
		line.Text = s.T("dashboard.need.attackRareText")
		if n.Usual >= 0.5 {
			line.Text = s.T(words+"Text", "Usual", s.Number(int(n.Usual+0.5)))
		}
	case dashboard.Certificates:
		line.Text = s.T(words+"Text", "Time", s.Date(n.Until, s.Zone))
		if n.Until.Before(s.Now.Add(3 * 24 * time.Hour)) {
			line.Tone = "bad"
		}
	}
	if line.Title = s.N(words, int(n.Count)); n.More {
		line.Title = s.T("dashboard.many."+string(n.Kind), "Count", s.Number(int(n.Count)))
	}
	if look.path != "" {
		line.Acts = []dashboardAct{{Text: s.T(words + "Act"), Path: look.path, First: true}}
	}
	return line
}

// attackActs names where many of the failures come from, and offers to block that.
func (p *Pages) attackActs(v *kit.Visit, line *dashboardNeed, failed int64) error {
	found, err := p.Accounts.GuessingNetworks(v.R.Context(), p.Actor(v), time.Hour)
	if err != nil || len(found.Rows) == 0 {
		return err
	}
	if top := found.Rows[0]; int64(top.Failures)*shareNamed >= failed {
		*line = line.from(v.Speaker, p.Actor(v), top)
	}
	return nil
}

// shareNamed is the part of the failures, one of so many, that must come from one network for it to be
// named: to block another one would help little.
const shareNamed = 5

// from names the network that most failures came from, and offers to block it.
func (n dashboardNeed) from(s kit.Speaker, reader sallyport.Actor, top account.GuessingNetwork) dashboardNeed {
	network := account.NetworkText(top.Network)
	n.Text = s.N("dashboard.need.attackFrom", top.Failures, "Text", n.Text, "Network", network, "Place", s.PlaceAt(top.Location, top.Network.Addr().String()).Text)
	if top.Block.ID == "" && has(reader, account.NeedBlock.Permission) {
		n.Acts[0].First = false
		n.Acts = append([]dashboardAct{{Text: s.T("dashboard.need.attackBlock"), Path: blockNew(network, dashboardPath), First: true}}, n.Acts...)
	}
	return n
}

// verdictOf is how the page opens: what is most urgent, or that nothing is.
func verdictOf(s kit.Speaker, needs []dashboardNeed) dashboardVerdict {
	if len(needs) == 0 {
		return dashboardVerdict{"good", "shield-check", s.T("dashboard.quiet"), s.T("dashboard.quietText")}
	}
	v := dashboardVerdict{Tone: "info", Icon: "info-circle", Title: s.N("dashboard.needs", len(needs))}
	for _, n := range needs {
		if n.Tone == "bad" || n.Tone == "warn" && v.Tone != "bad" {
			v.Tone, v.Icon = n.Tone, "alert-triangle"
		}
	}
	return v
}

func askRetry(s kit.Speaker, n int64) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "retry-mails", Path: retryPath, Back: dashboardPath, Icon: "mail", Calm: true, Text: s.T("dashboard.need.dead_mailsAct"),
		Title: s.N("dashboard.retryTitle", int(n)), Lines: []string{s.T("dashboard.retryText")}, Act: s.T("dashboard.retryAct"),
	}
}

func (p *Pages) retryAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	o, err := p.Dashboard.Overview(v.R.Context(), p.Actor(v), dashboard.Ranges[0])
	if err != nil {
		return nil, err
	}
	needs, err := p.Dashboard.Needs(v.R.Context(), p.Actor(v), o)
	if err != nil {
		return nil, err
	}
	for _, n := range needs {
		if n.Kind == dashboard.DeadMails {
			return askRetry(v.Speaker, n.Count), nil
		}
	}
	v.Redirect(dashboardPath) // there are none any more
	return nil, nil
}

func (p *Pages) retryMails(v *kit.Visit) error {
	n, err := p.Dashboard.RetryMails(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	return done(v, dashboardPath, "flash.dashboard.retried", int(n))
}
