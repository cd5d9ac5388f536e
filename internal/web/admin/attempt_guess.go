package admin

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// windows are how far back failures are summed up, by the parameter of the address.
var windows = []struct {
	name  string
	while time.Duration
}{{"day", 24 * time.Hour}, {"week", 7 * 24 * time.Hour}}

const windowParam = "window"

// guessView is what both sums of failures have.
type guessView struct {
	Tabs    []kit.Tab
	Windows []kit.Chip
	Cut     string // from when on attempts were looked at, "" for the whole window
	Empty   *kit.EmptyView
}

// guess reads which window an address asks for.
func guess(v *kit.Visit) (name string, while time.Duration) {
	for _, w := range windows {
		if w.name == v.R.URL.Query().Get(windowParam) {
			return w.name, w.while
		}
	}
	return windows[0].name, windows[0].while
}

func viewGuess[T any](s kit.Speaker, path, window string, found account.Guesses[T]) guessView {
	v := guessView{Tabs: attemptTabs(s, path)}
	for _, w := range windows {
		v.Windows = append(v.Windows, kit.Chip{Text: s.T("attemptList.window." + w.name), Path: kit.WithQuery(path, url.Values{windowParam: {w.name}}), On: w.name == window})
	}
	if found.Cut {
		v.Cut = s.T("attemptList.cut", "Time", s.Exact(found.Since, s.Zone))
	}
	if len(found.Rows) == 0 {
		v.Empty = &kit.EmptyView{Icon: "shield-check", Title: s.T("attemptList.quietTitle"), Text: s.T("attemptList.quietText")}
	}
	return v
}

// guessedView is who is being guessed.
type guessedView struct {
	guessView
	Rows []guessedRow
}

type guessedRow struct {
	ID                 string
	Who                *kit.UserView
	Failures, Networks int
	Last               kit.Moment
	Lock               *kit.Pill // nil when nothing is locked
	LockText           string
	LockUntil          string // "" where no waiting helps
	All                string // where its attempts are
	Menu               string
	Acts               []*kit.ConfirmView
}

// guessedList shows for whom most attempts failed.
func (p *Pages) guessedList(v *kit.Visit) error {
	window, while := guess(v)
	found, err := p.Accounts.GuessedAccounts(v.R.Context(), p.Actor(v), while)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "attempt_accounts", v.T("attemptList.tabAccounts"), viewGuessed(v.Speaker, p.Actor(v), window, found))
}

func viewGuessed(s kit.Speaker, reader sallyport.Actor, window string, found account.Guesses[account.GuessedAccount]) *guessedView {
	v := &guessedView{guessView: viewGuess(s, guessedPath, window, found)}
	for _, g := range found.Rows {
		row := guessedRow{
			ID: cmp.Or(g.User.ID, g.Key), Who: nobody(s, g.Email), Failures: g.Failures, Networks: g.Networks, Last: s.Moment("time.plain", g.Last),
			All: kit.WithQuery(attemptsPath, url.Values{"email": {g.Email}}),
		}
		if g.User.ID != "" {
			row.Who = kit.ViewUser(g.User)
			if has(reader, access.UsersView) {
				row.Who.Path = personPath(g.User.ID)
			}
		}
		if len(g.Locks) > 0 {
			row.Lock, row.LockText = &kit.Pill{Tone: "bad", Icon: "lock", Text: s.T("attemptList.lockedPill")}, lockText(s, g.Locks[0])
			if until := g.Locks[0].Until; !until.Equal(throttle.UntilRecovery) {
				row.LockUntil = s.T("blocks.until", "Time", s.Exact(until, s.Zone))
			}
			if g.User.ID != "" && g.User.ID != reader.UserID && access.Allowed(reader, access.UsersManage, access.Of(g.User)) == nil {
				row.Menu = s.T("team.menu", "Name", g.User.Name())
				row.Acts = []*kit.ConfirmView{askUnlock(s, g.User, kit.WithQuery(guessedPath, url.Values{windowParam: {window}}))}
			}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// guessedUnlockAsk asks before locks are lifted.
func (p *Pages) guessedUnlockAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	u, err := p.mayTo(v, account.NeedManage)
	return askUnlock(v.Speaker, u, kit.BackTo(v, guessedPath)), err
}

// guessedUnlock lifts them, and leads back to where one was.
func (p *Pages) guessedUnlock(v *kit.Visit) error {
	err := p.Accounts.Unlock(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	return actDone(v, kit.BackTo(v, guessedPath), "flash.person.unlock", err)
}

// askUnlock is the question of the page of a person, from somewhere else.
func askUnlock(s kit.Speaker, u sallyport.User, back string) *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "unlock-" + u.ID, Path: kit.WithBack(guessedPath+"/"+u.ID+"/unlock", back), Back: back, Icon: "lock-open", Calm: true,
		Text: s.T("person.act.unlock"), Title: s.T("person.act.unlockTitle", "Name", u.Name()), Lines: []string{s.T("person.act.unlockText", "Name", u.Name())}, Act: s.T("person.act.unlockAct"),
	}
}

// guessingView is from where passwords are guessed.
type guessingView struct {
	guessView
	Rows []guessingRow
}

type guessingRow struct {
	Network         string
	Place           kit.Place
	Failures, Names int
	Last            kit.Moment
	Blocked         *kit.Pill // nil when it is not
	BlockedText     string
	All             string
	Block           *kit.Anchor      // nil for who may not, or when it is blocked
	Lift            *kit.ConfirmView // nil for who may not, or when it is not blocked
}

// guessingList shows from where most attempts failed.
func (p *Pages) guessingList(v *kit.Visit) error {
	window, while := guess(v)
	found, err := p.Accounts.GuessingNetworks(v.R.Context(), p.Actor(v), while)
	if err != nil {
		return err
	}
	return p.Show(v, http.StatusOK, "attempt_networks", v.T("attemptList.tabNetworks"), viewGuessing(v.Speaker, p.Actor(v), window, found))
}

func viewGuessing(s kit.Speaker, reader sallyport.Actor, window string, found account.Guesses[account.GuessingNetwork]) *guessingView {
	v := &guessingView{guessView: viewGuess(s, guessingPath, window, found)}
	back := kit.WithQuery(guessingPath, url.Values{windowParam: {window}})
	for _, g := range found.Rows {
		network := account.NetworkText(g.Network)
		row := guessingRow{
			Network: network, Place: s.PlaceAt(g.Location, g.Network.Addr().String()), Failures: g.Failures, Names: g.Names, Last: s.Moment("time.plain", g.Last),
			All: kit.WithQuery(attemptsPath, url.Values{"ip": {network}}),
		}
		may := has(reader, access.SessionsTerminate)
		switch {
		case g.Block.ID != "":
			row.Blocked, row.BlockedText = &kit.Pill{Tone: "bad", Icon: "ban", Text: s.T("attemptList.blockedPill")}, blockUntil(s, g.Block)
			if may {
				row.Lift = askLift(s, g.Block, back)
			}
		case may:
			row.Block = &kit.Anchor{Text: s.T("blocks.block"), Path: blockNew(network, back)}
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
