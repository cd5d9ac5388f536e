package admin

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const mfaPath = "/foundation/security/mfa"

// mfaDays is how many days the chart shows.
const mfaDays = 30

// mfaView is Foundation > Security > MFA.
type mfaView struct {
	Tiles   []mfaTile
	Chart   *kit.Chart // nil before the second day
	Methods []mfaMethod
	Remind  []mfaAudience
}

// mfaTile is one figure, with the people behind it.
type mfaTile struct {
	Pill  kit.Pill
	Count int
	Share string
	Link  kit.Anchor
}

// mfaMethod is one method with how many people have it.
type mfaMethod struct {
	Icon, Name string
	Count      int
	Share      string
	Percent    int // width of its bar
}

// mfaAudience is who can be reminded.
type mfaAudience struct {
	Text  string
	Count int
	Path  string           // of the list of them
	Act   *kit.ConfirmView // nil where there is nobody, or the reader may not
}

// mfaShow shows who has which second factors.
func (p *Pages) mfaShow(v *kit.Visit) error {
	now, err := p.Factors.Overview(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	days, err := p.Factors.History(v.R.Context(), p.Actor(v), mfaDays)
	if err != nil {
		return err
	}
	may := has(p.Actor(v), mfa.NeedRemind.Permission)
	return p.Show(v, http.StatusOK, "mfa_show", v.T("mfa.heading"), viewMFA(v.Speaker, now, days, may))
}

func viewMFA(s kit.Speaker, now mfa.Overview, days []mfa.Day, may bool) *mfaView {
	all := now.Strong + now.Weak + now.None
	v := &mfaView{Chart: viewAdoption(s, days)}
	for _, t := range []struct {
		of sallyport.Strength
		n  int
	}{{sallyport.StrongFactor, now.Strong}, {sallyport.WeakFactor, now.Weak}, {sallyport.NoFactor, now.None}} {
		v.Tiles = append(v.Tiles, mfaTile{
			Pill: s.StrengthPill(t.of), Count: t.n, Share: shareOf(s, t.n, all),
			Link: kit.Anchor{Text: s.T("mfa.people"), Path: teamPath + "?status=active&secondFactor=" + string(t.of)},
		})
	}
	for _, m := range sallyport.Methods {
		if m.StandIn {
			continue
		}
		n := now.ByMethod[m.Name]
		v.Methods = append(v.Methods, mfaMethod{Icon: kit.MethodLooks[m.Name].Icon, Name: s.MethodName(m.Name), Count: n, Share: shareOf(s, n, all), Percent: percentOf(n, all)})
	}
	for _, who := range mfa.Audiences {
		n := peopleOf(now, who)
		a := mfaAudience{Text: s.T("mfa.audience." + string(who)), Count: n, Path: teamPath + "?status=active&secondFactor=" + string(who)}
		if who == mfa.Demanded {
			a.Path = notEnrolledPath
		}
		if n > 0 && may {
			a.Act = confirmReminder(s, who, n)
		}
		v.Remind = append(v.Remind, a)
	}
	return v
}

func percentOf(n, all int) int {
	if all == 0 {
		return 0
	}
	return (200*n + all) / (2 * all)
}

func shareOf(s kit.Speaker, n, all int) string {
	return s.T("chart.percent", "Count", percentOf(n, all))
}

// viewAdoption draws the shares of people with strong and weak factors over the days.
func viewAdoption(s kit.Speaker, days []mfa.Day) *kit.Chart {
	var drawn []kit.ChartDay
	for _, d := range days {
		day, err := time.Parse(time.DateOnly, d.Day)
		if err != nil || d.Users == 0 {
			continue
		}
		drawn = append(drawn, kit.ChartDay{Day: day, Shares: []float64{float64(d.Strong) / float64(d.Users), float64(d.Weak) / float64(d.Users)}})
	}
	if len(drawn) < 2 {
		return nil
	}
	strong, weak := s.StrengthPill(sallyport.StrongFactor), s.StrengthPill(sallyport.WeakFactor)
	return kit.ViewChart(s, "adoption", []kit.ChartPart{{Tone: strong.Tone, Name: strong.Text}, {Tone: weak.Tone, Name: weak.Text}}, drawn)
}
