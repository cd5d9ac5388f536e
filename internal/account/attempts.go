package account

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
)

// OwnAttempts returns a page of the sign-in attempts on the actor's account, without what
// policy hides from them.
func (s *Service) OwnAttempts(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Attempt], error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return list.Page[sallyport.Attempt]{}, err
	}
	p, err := s.acts.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return list.Page[sallyport.Attempt]{}, err
	}
	found, err := s.acts.OwnAttempts(ctx, actor.TenantID, actor.UserID, q)
	return list.Map(found, func(a sallyport.Attempt) sallyport.Attempt { return policy.OwnAttempt(p, a) }), err
}

// Outcomes, as a filter, of attempts that succeeded, and of those that did not for whatever reason.
const (
	outcomeSuccess = "success"
	outcomeFailure = "failure"
)

// reasons returns the stored reasons of failure that an outcome stands for.
func reasons(outcome string) (out []string) {
	switch outcome {
	case outcomeSuccess:
		return []string{""} // none
	case outcomeFailure:
		return slices.DeleteFunc(list.Attempts.Values("outcome"), func(o string) bool { return o == outcomeSuccess || o == outcomeFailure })
	}
	return []string{outcome}
}

// ListAttempts returns a page of the organisation's sign-in attempts. It needs
// sessions.view, and users.view to filter by group: that tells who is in one.
func (s *Service) ListAttempts(ctx context.Context, actor sallyport.Actor, q list.Query) (list.Page[sallyport.Attempt], error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return list.Page[sallyport.Attempt]{}, err
	}
	if len(q.Given("groupId")) > 0 {
		if err := NeedView.ToLook(actor); err != nil {
			return list.Page[sallyport.Attempt]{}, err
		}
	}
	spelled := func(address string) []string { return []string{email.Key(address)} }
	return s.acts.ListAttempts(ctx, actor.TenantID, q.Mean("email", spelled).Mean("outcome", reasons))
}

// NeedAnswer is the need for saying that an unusual sign-in was one's own: whoever holds
// a stolen session must not vouch for it.
var NeedAnswer = act.Need{StepUp: policy.ManageDevices}

// AnswerMine records, in a session, that an unusual sign-in was the actor's own: that
// device is not warned about the same signals again. ErrNotFound for somebody else's
// attempt; ErrConflict when it was answered otherwise before. (For the opposite answer users
// remove the device or end the session.)
func (s *Service) AnswerMine(ctx context.Context, actor sallyport.Actor, attemptID string) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedAnswer, func(a *act.Act) error {
		return confirmAttempt(ctx, a, attemptID)
	})
}

// Mine is AnswerMine through the link in the mail about the sign-in. A refused sign-in
// then counts as a visit of the user, so that the next one from there passes.
func (s *Service) Mine(ctx context.Context, m link.Mailed) error {
	m.Kind = link.Mine
	return s.acts.ByLink(ctx, m, func(a *act.Act, l link.Link) error { return confirmAttempt(ctx, a, l.AttemptID) })
}

func confirmAttempt(ctx context.Context, a *act.Act, attemptID string) error {
	found, err := a.Attempt(ctx, a.User.TenantID, a.User.ID, attemptID)
	if err != nil {
		return err
	}
	switch found.Answer {
	case sallyport.AnswerMine:
		return nil
	case sallyport.AnswerNone:
	default:
		return sallyport.Blocked(sallyport.AnsweredOtherwise)
	}
	if err := answerAttempt(ctx, a, attemptID, sallyport.AnswerMine); err != nil || found.DeviceID == "" {
		return err
	}
	d, err := a.Device(ctx, found.TenantID, found.DeviceID)
	if err != nil {
		return err
	}
	quiet := slices.Clone(d.Quiet)
	for _, f := range found.Assessment.Findings {
		if !slices.Contains(quiet, f.Signal) {
			quiet = append(quiet, f.Signal)
		}
	}
	return a.QuietDevice(ctx, d.TenantID, d.ID, quiet)
}

// answerAttempt records what the owner said of a sign-in.
func answerAttempt(ctx context.Context, a *act.Act, attemptID string, answer sallyport.Answer) error {
	a.Note(audit.SignInAnswered, act.About{Target: attemptID}, "answer", string(answer))
	return a.AnswerAttempt(ctx, a.User.TenantID, attemptID, answer)
}
