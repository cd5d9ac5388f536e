package admin

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// remindRoutes ask before people are reminded, and remind them.
func (p *Pages) remindRoutes() []kit.Route {
	return p.Confirm(kit.Confirm{Path: mfaPath + "/remind/{audience}", Need: mfa.NeedRemind, Ask: p.remindAsk, Do: p.remind})
}

// audienceOf is whom the address is about. ErrNotFound when there is no such audience.
func audienceOf(v *kit.Visit) (mfa.Audience, error) {
	who := mfa.Audience(v.R.PathValue("audience"))
	if !slices.Contains(mfa.Audiences, who) {
		return "", sallyport.ErrNotFound
	}
	return who, nil
}

func (p *Pages) remindAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	who, err := audienceOf(v)
	if err != nil {
		return nil, err
	}
	now, err := p.Factors.Overview(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	return confirmReminder(v.Speaker, who, peopleOf(now, who)), nil
}

// peopleOf is how many people an audience has.
func peopleOf(now mfa.Overview, who mfa.Audience) int {
	return map[mfa.Audience]int{mfa.Demanded: now.Required, mfa.WithoutAny: now.None, mfa.OnlyWeak: now.Weak}[who]
}

func confirmReminder(s kit.Speaker, who mfa.Audience, n int) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "remind-" + string(who), Calm: true, Path: mfaPath + "/remind/" + string(who), Back: mfaPath,
		Text: s.T("mfa.remind"), Label: s.T("mfa.remindLabel", "Who", s.T("mfa.audience."+string(who))), Title: s.N("mfa.remindTitle", n),
		Lines: []string{s.T("mfa.remindText"), s.T("mfa.remindOnce")}, Act: s.T("mfa.remindAct"),
	}
}

// remindPatience is how long one request mails people. The page then says how many there were,
// and goes on by a button.
const remindPatience = 5 * time.Second

// remindView is how far a reminder to many people came.
type remindView struct {
	Title, Text string
	Path        string
	After       string
	Sent        int
	Skipped     int
}

// remind mails people. Where there are very many it says how many so far.
func (p *Pages) remind(v *kit.Visit) error {
	who, err := audienceOf(v)
	if err != nil {
		return err
	}
	sum := mfa.Reminded{Next: v.Value("after")}
	sum.Sent, _ = strconv.Atoi(v.Value("sent"))
	sum.Skipped, _ = strconv.Atoi(v.Value("skipped"))
	until := time.Now().Add(remindPatience)
	sum, err = p.Factors.RemindAll(v.R.Context(), p.Actor(v), who, sum, func(mfa.Reminded) bool { return time.Now().Before(until) })
	if err != nil {
		return err
	}
	if sum.Next != "" {
		view := viewReminding(v.Speaker, who, sum)
		return p.Show(v, http.StatusOK, "mfa_remind", view.Title, view)
	}
	v.Flash("flash.reminded", sum.Sent)
	v.Redirect(mfaPath)
	return nil
}

func viewReminding(s kit.Speaker, who mfa.Audience, sum mfa.Reminded) *remindView {
	return &remindView{
		Title: s.N("mfa.remindedSoFar", sum.Sent), Text: s.T("mfa.remindMore"), Path: mfaPath + "/remind/" + string(who),
		After: sum.Next, Sent: sum.Sent, Skipped: sum.Skipped,
	}
}
