package tenant

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Version is one version of a policy that was saved.
type Version struct {
	Number  int64
	Values  policy.Values // all fields; of a group those that it decides
	Changes []policy.Change
	Reason  string         // what who saved it wrote; "" for nothing
	By      string         // user id, or a type of actor; "" when it is not known
	User    sallyport.User // who By is; zero when it is no user, or one who is gone
	At      time.Time
}

// versionsPage is how many versions one page has.
const versionsPage = 25

// Versions returns a page of the versions of a policy, newest first, with what each changed;
// before is the number of the last one of the page before, 0 for the newest. more tells that there
// are older ones. It needs policies.view.
func (s *Service) Versions(ctx context.Context, actor sallyport.Actor, groupID string, before int64) (out []Version, more bool, err error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, false, err
	}
	if groupID != "" {
		if _, err := s.acts.Group(ctx, actor.TenantID, groupID); err != nil {
			return nil, false, err
		}
	}
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := s.acts.PolicyVersions(ctx, actor.TenantID, groupID, before, versionsPage+1)
	if err != nil {
		return nil, false, err
	}
	for i, row := range rows[:min(len(rows), versionsPage)] {
		v := Version{Number: row.Version, Reason: row.Reason, By: row.SavedBy, At: row.SavedAt}
		if v.User, err = s.saver(ctx, row); err != nil {
			return nil, false, err
		}
		var former store.PolicyVersion // that of version 0, when there is none before
		if i+1 < len(rows) {
			former = rows[i+1]
		}
		if v.Values, v.Changes, err = compare(former, row); err != nil {
			return nil, false, err
		}
		out = append(out, v)
	}
	return out, len(rows) > versionsPage, nil
}

// Version returns the values of one version; 0 is the default policy, and a group that decides nothing. It needs policies.view.
func (s *Service) Version(ctx context.Context, actor sallyport.Actor, groupID string, number int64) (policy.Values, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	row := store.PolicyVersion{GroupID: groupID}
	if number != 0 {
		var err error
		if row, err = s.acts.PolicyVersion(ctx, actor.TenantID, groupID, number); err != nil {
			return nil, err
		}
	}
	values, _, err := compare(row, row)
	return values, err
}

// saver returns who saved a version.
func (s *Service) saver(ctx context.Context, row store.PolicyVersion) (sallyport.User, error) {
	switch row.SavedBy {
	case "", string(sallyport.ActorOperator), string(sallyport.ActorSystem):
		return sallyport.User{}, nil
	}
	u, err := s.acts.User(ctx, row.TenantID, row.SavedBy)
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return u, err
}

// compare returns the values of a version and what it changed.
func compare(former, row store.PolicyVersion) (policy.Values, []policy.Change, error) {
	if row.GroupID != "" {
		old, err := act.ReadGroupPolicy(store.PolicyRow{Version: former.Version, Body: former.Body})
		if err != nil {
			return nil, nil, err
		}
		values, err := act.ReadGroupPolicy(store.PolicyRow{Version: row.Version, Body: row.Body})
		return values, policy.GroupChanges(old, values), err
	}
	old, err := act.ReadPolicy(store.PolicyRow{Version: former.Version, Body: former.Body})
	if err != nil {
		return nil, nil, err
	}
	p, err := act.ReadPolicy(store.PolicyRow{Version: row.Version, Body: row.Body})
	return policy.ValuesOf(p), policy.Changes(old, p), err
}
