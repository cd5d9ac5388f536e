package admin

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/web/kit"
)

const (
	attemptsPath = "/foundation/security/attempts"
	guessedPath  = attemptsPath + "/by-account"
	guessingPath = attemptsPath + "/by-network"
	blocksPath   = attemptsPath + "/blocks"
)

// attemptRoutes are the lists of attempts, and what is done about a lock from there.
func (p *Pages) attemptRoutes() []kit.Route {
	unlock := p.Confirm(kit.Confirm{Path: guessedPath + "/{id}/unlock", Need: account.NeedManage, Ask: p.guessedUnlockAsk, Do: p.guessedUnlock})
	return append([]kit.Route{
		{
			Pattern: "GET " + attemptsPath, Guard: kit.SignedIn, Need: account.NeedAttempts, Do: p.attemptList,
			Entry: kit.Entry{Section: kit.Foundation, Words: "nav.attempts", Icon: "key"},
		},
		{Pattern: "GET " + attemptsPath + "/{id}", Guard: kit.SignedIn, Need: account.NeedAttempts, Do: p.attemptShow},
		{Pattern: "GET " + guessedPath, Guard: kit.SignedIn, Need: account.NeedAttempts, Do: p.guessedList},
		{Pattern: "GET " + guessingPath, Guard: kit.SignedIn, Need: account.NeedAttempts, Do: p.guessingList},
	}, unlock...)
}

// attemptTabs are the pages about attempts, as seen from one of them.
func attemptTabs(s kit.Speaker, path string) []kit.Tab {
	tabs := []kit.Tab{
		{Title: s.T("attemptList.tabAll"), Path: attemptsPath}, {Title: s.T("attemptList.tabAccounts"), Path: guessedPath},
		{Title: s.T("attemptList.tabNetworks"), Path: guessingPath}, {Title: s.T("attemptList.tabBlocks"), Path: blocksPath},
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].Path == path
	}
	return tabs
}

// attemptsView is Foundation > Security > Login attempts.
type attemptsView struct {
	Tabs   []kit.Tab
	Bar    kit.Bar
	Left   string // which filter was left out, "" for none
	Rows   []attemptLine
	Empty  kit.EmptyView
	Pages  kit.PagesView
	Drawer *kit.Drawer
}

// attemptLine is one attempt.
type attemptLine struct {
	ID, Path string
	Open     bool // it is in the drawer
	Who      *kit.UserView
	At       kit.Moment
	Outcome  kit.Pill
	Unusual  bool
	Icon     string
	Device   string
	Place    kit.Place
	IP       string
}

// attempts is what the list is made of.
type attempts struct {
	register
	found list.Page[sallyport.Attempt]
	open  *account.SeenAttempt // in the drawer, nil for none
}

var attemptWords = registerWords{"attemptList.emptyTitle", "attemptList.emptyText", "attemptList.noneTitle", "attemptList.searched"}

// attemptList shows who tried to sign in.
func (p *Pages) attemptList(v *kit.Visit) error {
	if led, err := p.typedUser(v, attemptsPath); led || err != nil {
		return err
	}
	found, err := p.readAttempts(v)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "attempt_list", v.T("attemptList.heading"), found.view(v.Speaker))
}

// readAttempts reads the page of the list that an address asks for. more are people to be named
// besides those of its rows.
func (p *Pages) readAttempts(v *kit.Visit, more ...string) (l attempts, err error) {
	ctx := v.R.Context()
	if l.register, err = p.register(v, attemptsPath, list.Attempts); err != nil {
		return l, err
	}
	l.list.Typed = append(l.list.Typed, "email")
	read := func(q list.Query) (list.Page[sallyport.Attempt], error) {
		return p.Accounts.ListAttempts(ctx, l.reader, q)
	}
	if l.found, err = read(l.list.Query); err != nil {
		return l, err
	}
	for _, one := range l.found.Rows {
		more = append(more, one.UserID)
	}
	if err = p.name(v, &l.register, more...); err != nil || len(l.found.Rows) > 0 {
		return l, err
	}
	l.drop, err = dropped(v.Speaker, l.register, read)
	return l, err
}

func (l attempts) view(s kit.Speaker) *attemptsView {
	v := &attemptsView{
		Tabs: attemptTabs(s, attemptsPath), Bar: l.list.Bar(s, l.values(s)), Left: l.leftOut(s),
		Pages: l.pages(s, l.found.Next, l.found.Searched, attemptWords),
	}
	for _, one := range l.found.Rows {
		v.Rows = append(v.Rows, l.line(s, one))
	}
	if len(v.Rows) == 0 {
		v.Empty = l.empty(s, attemptWords, &v.Pages)
	}
	if l.open != nil {
		v.Drawer = l.drawer(s)
	}
	return v
}

func (l attempts) line(s kit.Speaker, one sallyport.Attempt) attemptLine {
	who, outcome := l.tried(s, one), outcomePill(s, one.FailureReason)
	return attemptLine{
		ID: one.ID, Path: l.list.Beside(one.ID), Open: l.open != nil && l.open.ID == one.ID,
		Who: who, At: s.Moment("time.plain", one.CreatedAt), Outcome: outcome,
		Unusual: one.Assessment.Score >= risk.Unusual, Icon: kit.DeviceIcon(one.DeviceInfo.Type), Device: s.Device(one.DeviceInfo),
		Place: s.PlaceAt(one.Location, one.IPAddress), IP: kit.AddressText(one.IPAddress),
	}
}

// tried is who has the name that was tried or, where nobody does, the name as it was typed.
func (l attempts) tried(s kit.Speaker, one sallyport.Attempt) *kit.UserView {
	if _, ok := l.names[one.UserID]; ok {
		return l.who(one.UserID)
	}
	return nobody(s, one.Email)
}

// nobody stands for a name that nobody has.
func nobody(s kit.Speaker, typed string) *kit.UserView {
	if typed == "" { // a passkey that is not known says no name
		return &kit.UserView{Name: s.T("attemptList.noName"), Email: s.T("attemptList.noName")}
	}
	v := kit.ViewUser(sallyport.User{Email: typed})
	v.Email = s.T("attemptList.nobody")
	return v
}

// outcomeLooks are how outcomes look; what is not in the table is a warning.
var outcomeLooks = map[sallyport.Code]kit.Pill{
	"":                               {Tone: "good", Icon: "circle-check"},
	sallyport.CodeInvalidCredentials: {Tone: "warn", Icon: "key"},
	sallyport.CodeMFAFailed:          {Tone: "warn", Icon: "shield-x"},
	sallyport.CodeAccountLocked:      {Tone: "bad", Icon: "lock"},
	sallyport.CodeAccountClosed:      {Tone: "bad", Icon: "lock"},
	sallyport.CodeAccountDisabled:    {Tone: "plain", Icon: "ban"},
	sallyport.CodeDeviceNotTrusted:   {Tone: "bad", Icon: "shield-x"},
	sallyport.CodeSessionExpired:     {Tone: "plain", Icon: "clock"},
	sallyport.CodeRateLimited:        {Tone: "warn", Icon: "hourglass"},
	sallyport.CodeNetworkBlocked:     {Tone: "bad", Icon: "ban"},
}

// outcomePill is how an attempt ended, in words.
func outcomePill(s kit.Speaker, reason sallyport.Code) kit.Pill {
	pill, ok := outcomeLooks[reason]
	if !ok {
		pill = kit.Pill{Tone: "warn", Icon: "alert-triangle"}
	}
	id := "outcome." + string(reason)
	if reason == "" {
		id = "outcome.success"
	}
	pill.Text = string(reason)
	if s.Has(id) {
		pill.Text = s.T(id)
	}
	return pill
}
