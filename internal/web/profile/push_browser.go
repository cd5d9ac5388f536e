package profile

import (
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// pushView is the switch of this browser, and the browsers that are told by push. The script shows the
// one of Help that applies: only the browser knows what it lets us do.
type pushView struct {
	Off      string // why no browser can be told; "" where they can
	On       bool   // this one is, as far as the server knows
	Turn     string // path that the switch sends a subscription to
	Remove   string // path that ends that of this browser; "" for none
	Help     []pushHelp
	Browsers []pushBrowser
}

// pushHelp is what somebody can do where their browser does not let us push.
type pushHelp struct {
	When  string // denied, missing or failed
	Shown bool   // whatever the script finds
	Text  string
	Steps []string
}

type pushBrowser struct {
	Icon, Name string
	Current    bool
	Service    string
	Since      kit.Moment
	Last       string      // what became of the last message, where none was delivered
	Delivered  *kit.Moment // when the last one was
	Failed     string      // how many were not delivered since; "" for none
	Outdated   bool        // it has to subscribe again
	Remove     string      // path
	Label      string      // of its button, for those who do not see the row
}

// pushDenied is how the permission is given back, by the browser: where one looks for it differs.
var pushDenied = map[string]string{
	"Chrome": "push.denied.chrome", "Edge": "push.denied.edge", "Firefox": "push.denied.firefox", "Safari": "push.denied.safari",
}

func viewPush(s kit.Speaker, state push.State, all []push.Subscription, here sallyport.DeviceInfo) *pushView {
	v := &pushView{Turn: pushPath, Help: pushHelps(s, here)}
	if state.Off != "" {
		v.Off = s.T("push.off")
	}
	for _, b := range all {
		row := pushBrowser{
			Icon: kit.DeviceIcon(b.DeviceInfo.Type), Name: s.Device(b.DeviceInfo), Current: b.Current, Service: b.Service,
			Since: s.Moment("push.since", b.CreatedAt), Delivered: s.Since("push.delivered", b.LastAt), Outdated: b.OtherKey,
			Remove: pushPath + "/" + b.ID + "/remove",
		}
		row.Label = s.T("push.removeOf", "Name", row.Name)
		if row.Delivered == nil {
			row.Last = s.T("push.nothingYet")
		}
		if b.Failed > 0 {
			row.Failed = s.N("push.failed", b.Failed)
		}
		if b.Current {
			v.On, v.Remove = !b.OtherKey, row.Remove
		}
		v.Browsers = append(v.Browsers, row)
	}
	return v
}

func pushHelps(s kit.Speaker, here sallyport.DeviceInfo) []pushHelp {
	denied := pushDenied[here.Browser]
	if denied == "" {
		denied = "push.denied.other"
	}
	missing := pushHelp{When: "missing", Text: s.T("push.missing")}
	if here.OS == "iOS" || here.OS == "iPadOS" {
		missing = pushHelp{When: "missing", Text: s.T("push.install"), Steps: []string{s.T("push.installShare"), s.T("push.installAdd"), s.T("push.installOpen")}}
	}
	return []pushHelp{missing, {When: "denied", Text: s.T("push.denied") + " " + s.T(denied)}, {When: "failed", Text: s.T("push.notNow")}}
}

// pushTurnOn lets this browser be told. The script sends what the browser gave it.
func (p *Pages) pushTurnOn(v *kit.Visit) error {
	in := push.Input{Endpoint: v.Value("endpoint"), P256dh: v.Value("p256dh"), Auth: v.Value("auth")}
	_, err := p.Push.Subscribe(v.R.Context(), p.Actor(v), in)
	if sallyport.CodeOf(err) == sallyport.CodeInvalid && !byScript(v) {
		v.Redirect(kit.NotificationsPath + "?push=failed#browsers")
		return nil
	}
	if err != nil {
		return err
	}
	p.KeepPush(v)
	return pushDone(v, "flash.pushOn")
}

// pushTurnOff tells a browser of the user nothing any more.
func (p *Pages) pushTurnOff(v *kit.Visit) error {
	id := v.R.PathValue("id")
	all, err := p.Push.List(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(b push.Subscription) bool { return b.ID == id && b.Current }) {
		kit.ForgetPush(v)
	}
	err = p.Push.Unsubscribe(v.R.Context(), p.Actor(v), id)
	if err != nil && sallyport.CodeOf(err) != sallyport.CodeNotFound { // it ended meanwhile, which is as good
		return err
	}
	return pushDone(v, "flash.pushOff")
}

// byScript reports whether a script asks, which shows no page.
func byScript(v *kit.Visit) bool { return v.R.Header.Get("Accept") == "application/json" }

func pushDone(v *kit.Visit, said string) error {
	if byScript(v) {
		v.W.WriteHeader(http.StatusNoContent)
		return nil
	}
	v.Flash(said, 0)
	v.Redirect(kit.NotificationsPath)
	return nil
}
