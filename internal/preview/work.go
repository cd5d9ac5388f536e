package preview

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

const (
	stepSize = 500              // people in one step
	lease    = 30 * time.Second // until another node goes on with a preview of a node that died
	turn     = 2 * time.Second  // at one preview before another's
)

func (s *Service) add(ctx context.Context, p store.PolicyPreview) error {
	return s.acts.Keep(ctx, func(tx *store.Tx) error { return tx.AddPreview(ctx, p, p.CreatedAt.Add(lease)) })
}

// Work goes on with all previews that no other node works at, in turns, until none is left. After an error
// the others go on; a later call goes on with the one that failed.
func (s *Service) Work(ctx context.Context) error {
	var failed error
	for {
		var p store.PolicyPreview
		err := s.acts.Keep(ctx, func(tx *store.Tx) (err error) {
			now := s.acts.Now()
			p, err = tx.LeasePreview(ctx, now, now.Add(lease))
			return err
		})
		if errors.Is(err, sallyport.ErrNotFound) {
			return failed
		}
		if err != nil {
			return errors.Join(failed, err)
		}
		if _, err := s.work(ctx, p, time.Now().Add(turn)); err != nil {
			failed = errors.Join(failed, err)
		}
	}
}

// work does steps of a preview until it is over, or a time has come.
func (s *Service) work(ctx context.Context, p store.PolicyPreview, until time.Time) (store.PolicyPreview, error) {
	j, err := s.judgement(ctx, p)
	if err != nil {
		return s.give(ctx, p, err)
	}
	for Status(p.Status) == Running && time.Now().Before(until) {
		next, err := j.step(ctx, p)
		switch code := sallyport.CodeOf(err); {
		case errors.Is(err, sallyport.ErrNotFound): // another node did this step
			return s.acts.PolicyPreview(ctx, p.TenantID, p.ID)
		case code != "" && code != sallyport.CodeUnavailable && ctx.Err() == nil:
			return s.give(ctx, p, err)
		case err != nil:
			return p, err
		}
		p = next
	}
	if Status(p.Status) == Running {
		err = s.move(ctx, &p, nil, time.Time{})
	}
	return p, err
}

// give ends a preview that cannot go on, and returns why.
func (s *Service) give(ctx context.Context, p store.PolicyPreview, why error) (store.PolicyPreview, error) {
	p.Status, p.EndedAt = string(Failed), s.acts.Now()
	return p, errors.Join(why, s.move(ctx, &p, nil, time.Time{}))
}

// move stores what a step did, and keeps the preview from other nodes until a time.
func (s *Service) move(ctx context.Context, p *store.PolicyPreview, people []store.PreviewPerson, until time.Time) error {
	err := s.acts.Keep(ctx, func(tx *store.Tx) error {
		if err := tx.MovePreview(ctx, *p, until); err != nil {
			return err
		}
		return tx.AddPreviewPeople(ctx, people)
	})
	p.Steps++
	return err
}

// judgement is what people are judged by.
type judgement struct {
	*Service
	stored
	tenantID  string
	since     time.Time
	now       time.Time
	org, next sallyport.Policy
	groups    map[string]policy.Values // of groups with a policy, as they are
	ids       []string                 // of those groups, in order
	pairs     map[string][2]sallyport.Policy
}

func (s *Service) judgement(ctx context.Context, p store.PolicyPreview) (*judgement, error) {
	j := &judgement{Service: s, tenantID: p.TenantID, since: p.CreatedAt.Add(-Window), now: p.CreatedAt, pairs: map[string][2]sallyport.Policy{}}
	if err := json.Unmarshal([]byte(p.Edit), &j.stored); err != nil {
		return nil, err
	}
	return j, j.read(ctx)
}

// read reads the policies on both sides.
func (j *judgement) read(ctx context.Context) (err error) {
	if j.org, err = policy.Merge(policy.Default(), j.Org); err != nil {
		return err
	}
	if j.next, err = policy.Merge(policy.Default(), j.Next); err != nil {
		return err
	}
	rows, err := j.acts.GroupPolicies(ctx, j.tenantID)
	if err != nil {
		return err
	}
	j.groups = map[string]policy.Values{}
	for _, row := range rows {
		if j.groups[row.GroupID], err = act.ReadGroupPolicy(row); err != nil {
			return err
		}
	}
	if id := j.Edit.GroupID; id != "" {
		j.groups[id] = nil
		if j.Group, err = policy.ParseGroup(j.Group); err != nil {
			return err
		}
		if j.NextGroup, err = policy.ParseGroup(j.NextGroup); err != nil {
			return err
		}
	}
	for id := range j.groups {
		j.ids = append(j.ids, id)
	}
	slices.Sort(j.ids) // as act.Policies
	return nil
}

// pair returns the policies of somebody in some groups, before and after the change.
func (j *judgement) pair(memberOf []string) [2]sallyport.Policy {
	var in []string
	for _, id := range j.ids {
		if slices.Contains(memberOf, id) {
			in = append(in, id)
		}
	}
	key := strings.Join(in, " ")
	if p, ok := j.pairs[key]; ok {
		return p
	}
	var old, next []policy.Values
	for _, id := range in {
		if id == j.Edit.GroupID {
			old, next = append(old, j.Group), append(next, j.NextGroup)
			continue
		}
		old, next = append(old, j.groups[id]), append(next, j.groups[id])
	}
	var p [2]sallyport.Policy
	p[0], _ = policy.Strictest(j.org, old...)
	p[1], _ = policy.Strictest(j.next, next...)
	j.pairs[key] = p
	return p
}

// step judges the next people of a preview.
func (j *judgement) step(ctx context.Context, p store.PolicyPreview) (store.PolicyPreview, error) {
	users, err := j.acts.UsersToJudge(ctx, p.TenantID, p.Place, stepSize)
	if err != nil {
		return p, err
	}
	var f found
	if err := json.Unmarshal([]byte(p.Found), &f); err != nil {
		return p, err
	}
	if f.Counts == nil {
		f.Counts = map[Effect]Count{}
	}
	var people []store.PreviewPerson
	err = j.each(ctx, users, func(u store.JudgedUser, v verdict) {
		f.Before += v.before
		for e, h := range v.hits {
			c := f.Counts[e]
			if c.People < mostNames {
				people = append(people, store.PreviewPerson{
					TenantID: p.TenantID, PreviewID: p.ID, Effect: string(e), UserID: u.ID, Times: h.times, LastAt: h.last, ExpiresAt: p.ExpiresAt,
				})
			}
			f.Counts[e] = Count{e, c.People + 1, c.Times + h.times}
		}
	})
	if err != nil {
		return p, err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return p, err
	}
	p.Found, p.Done = string(text), p.Done+int64(len(users))
	p.Total = max(p.Total, p.Done)
	if len(users) == stepSize {
		p.Place = users[stepSize-1].ID
	} else {
		p.Status, p.EndedAt, p.Total = string(Finished), j.acts.Now(), p.Done
	}
	return p, j.move(ctx, &p, people, j.acts.Now().Add(lease))
}

// each judges some users, who are in the order of their ids with nobody left out between them.
func (j *judgement) each(ctx context.Context, users []store.JudgedUser, do func(store.JudgedUser, verdict)) error {
	if len(users) == 0 {
		return nil
	}
	span := store.Span{TenantID: j.tenantID, From: users[0].ID, To: users[len(users)-1].ID, Since: j.since}
	signIns, err := j.acts.SignInsToJudge(ctx, span)
	if err != nil {
		return err
	}
	sessions, err := j.acts.SessionsToJudge(ctx, span)
	if err != nil {
		return err
	}
	memberOf := map[string][]string{}
	if len(j.ids) > 0 {
		ids := make([]string, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
		if memberOf, err = j.acts.Memberships(ctx, j.tenantID, ids); err != nil {
			return err
		}
	}
	for _, u := range users {
		l := life{user: u, since: j.since, now: j.now}
		l.signIns, signIns = cut(signIns, func(s store.SignInToJudge) string { return s.UserID }, u.ID)
		l.sessions, sessions = cut(sessions, func(s store.SessionToJudge) string { return s.UserID }, u.ID)
		both := j.pair(memberOf[u.ID])
		do(u, judge(l, both[0], both[1]))
	}
	return nil
}

// cut returns the rows of one user, and those of the users after them.
func cut[T any](rows []T, of func(T) string, userID string) (theirs, others []T) {
	from, _ := slices.BinarySearchFunc(rows, userID, func(r T, id string) int { return strings.Compare(of(r), id) })
	to := from
	for to < len(rows) && of(rows[to]) == userID {
		to++
	}
	return rows[from:to], rows[to:]
}
