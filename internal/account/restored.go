package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/store"
)

// What becomes of passwords when a database was set back. Who has changed theirs since then is not
// known, so everybody's is treated alike.
const (
	RenewPasswords    = "renew"    // the next sign-in asks for a new one
	WithdrawPasswords = "withdraw" // they are useless, until their owners get a new one by mail
)

// tenantDone are the counts of an organisation of which nothing is left to do.
const tenantDone = "done"

// restoredAtOnce is how many accounts go in one transaction.
const restoredAtOnce = 20

// Restored is what followed from setting a database back.
type Restored struct {
	Users     int `json:"users"`
	Sessions  int `json:"sessions"`
	Devices   int `json:"devices"`
	Keys      int `json:"apiKeys"`
	Codes     int `json:"backupCodes"` // sets of them
	Passwords int `json:"passwords"`
}

func (r *Restored) add(o Restored) {
	r.Users += o.Users
	r.Sessions += o.Sessions
	r.Devices += o.Devices
	r.Keys += o.Keys
	r.Codes += o.Codes
	r.Passwords += o.Passwords
}

// Restoring says how the work that follows is done.
type Restoring struct {
	Passwords string                // RenewPasswords or WithdrawPasswords
	After     int64                 // the newest generation that a node has seen; 0 for none
	Progress  func(done, total int) // of accounts; nil for nobody
}

// Restored does what has to be done to a database that was set back to a backup: whatever was revoked,
// used or replaced since then would be good again. It ends all sessions, API keys and sign-ins under way,
// makes strangers of devices, and voids links, backup codes and the codes of apps that were shown already;
// passwords become what how says. It works in steps, and goes on where a former run was interrupted. Nodes
// serve the database again when it is done.
func (s *Service) Restored(ctx context.Context, how Restoring) (out Restored, err error) {
	r, err := s.restoration(ctx, how)
	if err != nil {
		return out, err
	}
	w := &restoring{s: s, row: r, show: how.Progress}
	tenants, err := s.acts.Tenants(ctx)
	if err != nil {
		return out, err
	}
	slices.SortFunc(tenants, func(a, b sallyport.Tenant) int { return cmp.Compare(a.ID, b.ID) })
	if err := w.count(ctx, tenants); err != nil {
		return out, err
	}
	for _, t := range tenants {
		if t.ID < w.row.TenantID || t.ID == w.row.TenantID && w.row.Counts == tenantDone {
			continue
		}
		did, err := w.tenant(ctx, sallyport.Operator(t.ID))
		if out.add(did); err != nil {
			return out, err
		}
	}
	return out, s.acts.Keep(ctx, func(tx *store.Tx) error { return tx.EndRestoration(ctx, w.row.Generation, s.acts.Now()) })
}

// restoration returns the work that was interrupted, or begins it.
func (s *Service) restoration(ctx context.Context, how Restoring) (store.Restoration, error) {
	r, err := s.acts.Restoration(ctx)
	fresh := errors.Is(err, sallyport.ErrNotFound)
	if err != nil && !fresh {
		return r, err
	}
	if r.Passwords == "" || how.Passwords == WithdrawPasswords {
		r.Passwords = how.Passwords
	}
	if !fresh {
		return r, nil
	}
	now, err := s.acts.Position(ctx)
	if err != nil {
		return r, err
	}
	r.Generation = max(s.acts.Now().UnixMicro(), now.Generation+1, how.After+1)
	return r, s.acts.Keep(ctx, func(tx *store.Tx) error { return tx.BeginRestoration(ctx, r) })
}

// restoring is the work while it goes on.
type restoring struct {
	s           *Service
	row         store.Restoration
	show        func(done, total int)
	done, total int
}

// count finds out how many accounts there are, for those who watch.
func (w *restoring) count(ctx context.Context, tenants []sallyport.Tenant) error {
	const page = 1000
	if w.show == nil {
		return nil
	}
	for _, t := range tenants {
		for after, more := "", true; more; {
			ids, err := w.s.acts.UsersAfter(ctx, t.ID, after, page)
			if err != nil {
				return err
			}
			for _, id := range ids {
				after = id
				if t.ID < w.row.TenantID || t.ID == w.row.TenantID && id <= w.row.UserID {
					w.done++
				}
			}
			w.total += len(ids)
			more = len(ids) == page
		}
	}
	w.show(w.done, w.total)
	return nil
}

// tenant does the work on one organisation, and says in its log what was done.
func (w *restoring) tenant(ctx context.Context, actor sallyport.Actor) (sum Restored, err error) {
	if w.row.TenantID != actor.TenantID {
		w.row.TenantID, w.row.UserID, w.row.Counts = actor.TenantID, "", ""
	}
	if w.row.Counts != "" {
		if err := json.Unmarshal([]byte(w.row.Counts), &sum); err != nil {
			return sum, err
		}
	}
	for {
		ids, err := w.s.acts.UsersAfter(ctx, actor.TenantID, w.row.UserID, restoredAtOnce)
		if err != nil {
			return sum, err
		}
		if len(ids) == 0 {
			return sum, w.note(ctx, actor, sum)
		}
		if sum, err = w.step(ctx, actor, ids, sum); err != nil {
			return sum, err
		}
		if w.done += len(ids); w.show != nil {
			w.show(min(w.done, w.total), w.total)
		}
	}
}

// step does the work on some accounts, and stores in the same transaction how far it is.
func (w *restoring) step(ctx context.Context, actor sallyport.Actor, ids []string, before Restored) (Restored, error) {
	batch := make([]act.On, len(ids))
	for i, id := range ids {
		batch[i] = act.User(id)
	}
	var sum Restored
	row := w.row
	err := w.s.acts.Each(ctx, actor, batch, act.Need{}, func(a *act.Act, id string) error {
		if id == ids[0] {
			sum = before
		}
		did, err := setBack(ctx, a, row.Passwords)
		if err != nil {
			return err
		}
		sum.add(did)
		if id != ids[len(ids)-1] {
			return nil
		}
		row.UserID, row.Counts = id, sum.text()
		return a.KeepRestoration(ctx, row)
	})
	if err != nil {
		return before, err
	}
	w.row = row
	return sum, nil
}

func (r Restored) text() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // cannot happen: it has numbers only
	}
	return string(text)
}

// note says in an organisation's log what was done, and goes on to the next one.
func (w *restoring) note(ctx context.Context, actor sallyport.Actor, sum Restored) error {
	row := w.row
	row.Counts = tenantDone
	err := w.s.acts.Run(ctx, actor, act.Tenant, act.Need{}, func(a *act.Act) error {
		a.Note(audit.DatabaseRestored, act.About{}, "users", strconv.Itoa(sum.Users), "sessions", strconv.Itoa(sum.Sessions), "apiKeys", strconv.Itoa(sum.Keys),
			"backupCodes", strconv.Itoa(sum.Codes), "passwords", strconv.Itoa(sum.Passwords), "then", row.Passwords)
		return a.KeepRestoration(ctx, row)
	})
	if err == nil {
		w.row = row
	}
	return err
}

// setBack does the work on the act's user.
func setBack(ctx context.Context, a *act.Act, passwords string) (did Restored, err error) {
	did.Users = 1
	if did.Sessions, err = a.RevokeSessions(ctx, act.Sessions{}, act.ReasonRestored); err != nil {
		return did, err
	}
	if err := endUnderWay(ctx, a); err != nil {
		return did, err
	}
	if did.Devices, err = forgetDevices(ctx, a); err != nil {
		return did, err
	}
	if did.Keys, err = endKeys(ctx, a); err != nil {
		return did, err
	}
	if did.Codes, err = endCodes(ctx, a); err != nil {
		return did, err
	}
	return did, endPassword(ctx, a, passwords, &did)
}

// endUnderWay ends links, sign-ins and enrolments under way, and codes that were sent. Approvals are of
// sign-ins and end with them.
func endUnderWay(ctx context.Context, a *act.Act) error {
	var kinds []string
	for _, k := range link.Kinds() {
		kinds = append(kinds, string(k))
	}
	err := errors.Join(
		a.DropLinks(ctx, a.User.TenantID, a.User.ID, kinds, nil),
		a.EndFlowsOfUser(ctx, a.User.TenantID, a.User.ID, ""),
		a.DropCodesOf(ctx, a.User.TenantID, a.User.ID),
	)
	if err != nil {
		return err
	}
	_, err = a.DropPending(ctx, a.User.TenantID, a.User.ID, "")
	return err
}

// forgetDevices makes strangers of all devices of the act's user.
func forgetDevices(ctx context.Context, a *act.Act) (int, error) {
	ids, err := a.DeviceIDs(ctx, a.User.TenantID, a.User.ID)
	if err != nil {
		return 0, err
	}
	return len(ids), a.EndTrustOf(ctx, "", act.ReasonRestored)
}

// endKeys revokes the API keys of the act's user.
func endKeys(ctx context.Context, a *act.Act) (n int, err error) {
	keys, err := a.KeysOf(ctx, a.User.TenantID, a.User.ID)
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		done, err := a.RevokeKey(ctx, k, act.ReasonRestored)
		if err != nil {
			return n, err
		}
		if done {
			n++
		}
	}
	return n, nil
}

// endCodes voids the backup codes of the act's user, and what their app has shown so far.
func endCodes(ctx context.Context, a *act.Act) (n int, err error) {
	if err := a.PassTimeSteps(ctx, a.User.TenantID, a.User.ID, factor.LastTimeStep(a.Now)); err != nil {
		return 0, err
	}
	return mfa.VoidBackupCodes(ctx, a, act.ReasonRestored)
}

// endPassword makes the password of the act's user useless, or has it replaced at the next sign-in, and
// tells them by one mail. Who has none is told only that sessions ended.
func endPassword(ctx context.Context, a *act.Act, how string, did *Restored) error {
	reached := a.User.Status == sallyport.UserActive
	switch {
	case a.User.PasswordHash == "":
		if reached && did.Sessions > 0 {
			return a.Tell(ctx, act.Alert{Kind: notify.SessionsEnded})
		}
		return nil
	case how == WithdrawPasswords && reached:
		did.Passwords = 1
		return withdraw(ctx, a)
	case how == WithdrawPasswords:
		did.Passwords = 1
		a.Note(audit.PasswordWithdrawn, act.About{})
		return password.Replace(ctx, a, a.User, password.Chosen{})
	}
	did.Passwords = 1
	a.Note(audit.PasswordDemanded, act.About{})
	if err := a.RequirePasswordChange(ctx, a.User.TenantID, a.User.ID); err != nil {
		return act.Conflict(err)
	}
	if !reached {
		return nil
	}
	return a.Tell(ctx, act.Alert{Kind: notify.PasswordDemanded})
}
