package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addAttempts() {
	one := get("getAttempt", "/login-attempts/{id}", "One attempt to sign in", http.StatusNotFound)
	one.Description = "With what is locked of its account, and the block of its address, at the moment."
	handle(e, one.needs(account.NeedAttempts), e.getAttempt)

	const newest = "Of the newest 15,000 failed attempts of the window: since says from when on, cut that it is not the whole window. At most 25, those with the most failures first."
	handle(e, get("listGuessedAccounts", "/login-attempts-by-account", "For whom most attempts fail").says(newest).needs(account.NeedAttempts), e.listGuessedAccounts)
	handle(e, get("listGuessingNetworks", "/login-attempts-by-network", "From where most attempts fail").says(newest).needs(account.NeedAttempts), e.listGuessingNetworks)

	blocks := get("listNetworkBlocks", "/network-blocks", "The networks that are blocked, the newest block first")
	blocks.Description = "Those that are over are left out: the audit log has them."
	handleList(e, blocks.needs(account.NeedAttempts), list.Blocks, e.listBlocks)

	add := post("blockNetwork", "/network-blocks", "Block a network for a while", withBody(http.StatusConflict)...)
	add.Description = "Whatever needs no session answers 403 network_blocked from there, on known devices too: sign-ins, also those under way, requests for a new password, mailed links. " +
		"Sessions go on. 409 own_network names an address that the caller uses, or the machine's own: send includingMine to block it all the same. 409 when this very network is blocked already."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(account.NeedBlock), e.blockNetwork)

	lift := post("liftNetworkBlock", "/network-blocks/{id}/lift", "End the block of a network", http.StatusNotFound)
	lift.Description = "At once. A repeated call answers 404."
	handle(e, lift.needs(account.NeedBlock), e.onID(e.Accounts.Lift))
}

// seenAttempt is one attempt with what matters about it now.
type seenAttempt struct {
	AttemptFields
	Locks []lockRecord `json:"locks" nullable:"false" doc:"What failed attempts have locked of the account, or of the name that nobody has."`
	Block *blockRecord `json:"block,omitempty" doc:"That covers the address. Absent for none."`
}

// AttemptFields are those of an attempt, as UserFields are those of a user.
type AttemptFields = attemptRecord

type seenAttemptOutput struct{ Body seenAttempt }

func (e *edge) getAttempt(ctx context.Context, in *idInput) (*seenAttemptOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	a, err := e.Accounts.AttemptByID(ctx, e.actor(ctx), id)
	if err != nil {
		return nil, err
	}
	return &seenAttemptOutput{seenAttempt{AttemptFields: showAttempt(a.Attempt), Locks: each(a.Locks, showLock), Block: showBlockOf(a.Block)}}, nil
}

// windowInput is how far back failures are summed up.
type windowInput struct {
	Window string `query:"window" enum:"day,week" default:"day" doc:"The last 24 hours, or the last seven days."`
}

func (in windowInput) while() time.Duration {
	if in.Window == "week" {
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// guessList is a sum of failures.
type guessList[T any] struct {
	Items []T       `json:"items" nullable:"false"`
	Since time.Time `json:"since" doc:"From when on attempts were looked at."`
	Cut   bool      `json:"cut" doc:"There were too many to look at the whole window."`
}

// guessedAccount is whom attempts failed for.
type guessedAccount struct {
	UserID   string       `json:"userId,omitempty" doc:"Absent when nobody has the name."`
	Email    string       `json:"email" doc:"As it was typed once."`
	Failures int          `json:"failures" minimum:"1"`
	Networks int          `json:"networks" minimum:"0" doc:"How many they came from: IPv4 addresses, and /64 of IPv6."`
	LastAt   time.Time    `json:"lastAt"`
	Locks    []lockRecord `json:"locks" nullable:"false"`
}

type guessedAccountsOutput struct{ Body guessList[guessedAccount] }

func (e *edge) listGuessedAccounts(ctx context.Context, in *windowInput) (*guessedAccountsOutput, error) {
	found, err := e.Accounts.GuessedAccounts(ctx, e.actor(ctx), in.while())
	return &guessedAccountsOutput{guessList[guessedAccount]{Since: found.Since.UTC(), Cut: found.Cut, Items: each(found.Rows, func(g account.GuessedAccount) guessedAccount {
		return guessedAccount{UserID: g.User.ID, Email: g.Email, Failures: g.Failures, Networks: g.Networks, LastAt: g.Last.UTC(), Locks: each(g.Locks, showLock)}
	})}}, err
}

// guessingNetwork is from where attempts failed.
type guessingNetwork struct {
	Network  string             `json:"network" doc:"An IPv4 address, or a /64 of IPv6."`
	Location sallyport.Location `json:"location"`
	Failures int                `json:"failures" minimum:"1"`
	Names    int                `json:"names" minimum:"0" doc:"How many were tried."`
	LastAt   time.Time          `json:"lastAt"`
	Block    *blockRecord       `json:"block,omitempty" doc:"That covers it. Absent for none."`
}

type guessingNetworksOutput struct{ Body guessList[guessingNetwork] }

func (e *edge) listGuessingNetworks(ctx context.Context, in *windowInput) (*guessingNetworksOutput, error) {
	found, err := e.Accounts.GuessingNetworks(ctx, e.actor(ctx), in.while())
	return &guessingNetworksOutput{guessList[guessingNetwork]{Since: found.Since.UTC(), Cut: found.Cut, Items: each(found.Rows, func(g account.GuessingNetwork) guessingNetwork {
		return guessingNetwork{
			Network: account.NetworkText(g.Network), Location: g.Location, Failures: g.Failures, Names: g.Names, LastAt: g.Last.UTC(), Block: showBlockOf(g.Block),
		}
	})}}, err
}

// blockRecord is a network that is blocked.
type blockRecord struct {
	ID        string    `json:"id"`
	Network   string    `json:"network" doc:"An address, or a range."`
	Reason    string    `json:"reason"`
	CreatedBy string    `json:"createdBy" doc:"Id of the admin, or operator."`
	CreatedAt time.Time `json:"createdAt"`
	Until     time.Time `json:"until"`
}

func showBlock(b sallyport.NetworkBlock) blockRecord {
	return blockRecord{ID: b.ID, Network: account.NetworkText(b.Network), Reason: b.Reason, CreatedBy: b.CreatedBy, CreatedAt: b.CreatedAt.UTC(), Until: b.ExpiresAt.UTC()}
}

// showBlockOf shows a block where there is one.
func showBlockOf(b sallyport.NetworkBlock) *blockRecord {
	if b.ID == "" {
		return nil
	}
	out := showBlock(b)
	return &out
}

func (e *edge) listBlocks(ctx context.Context, q list.Query) (*pageOutput[blockRecord], error) {
	found, err := e.Accounts.ListBlocks(ctx, e.actor(ctx), q)
	return newPage(found, showBlock), err
}

type blockInput struct {
	Body struct {
		Network       string    `json:"network" maxLength:"64" doc:"An address, or a range: at most a /16 of IPv4 or a /32 of IPv6."`
		Until         time.Time `json:"until" doc:"30 days ahead at most."`
		Reason        string    `json:"reason" maxLength:"100" doc:"Administrators see it."`
		IncludingMine bool      `json:"includingMine,omitempty" doc:"Also when the caller's own address is in it, or the machine's own."`
	} `nameHint:"BlockNetworkRequest"`
}

type blockOutput struct{ Body blockRecord }

func (e *edge) blockNetwork(ctx context.Context, in *blockInput) (*blockOutput, error) {
	b, err := e.Accounts.Block(ctx, e.actor(ctx), account.NewBlock{
		Network: in.Body.Network, Until: in.Body.Until, Reason: in.Body.Reason, IncludingMine: in.Body.IncludingMine,
	})
	if err != nil {
		return nil, err
	}
	return &blockOutput{showBlock(b)}, nil
}
