package account

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
)

// OwnAttempts returns up to limit of the actor's sign-in attempts with an id below
// before ("" for the newest), newest first.
func (s *Service) OwnAttempts(ctx context.Context, actor sallyport.Actor, before string, limit int) ([]sallyport.Attempt, error) {
	if _, err := s.Own(ctx, actor); err != nil {
		return nil, err
	}
	return s.acts.AttemptsOf(ctx, actor.TenantID, actor.UserID, before, limit)
}

// ListAttempts returns up to limit attempts of the organisation, or of one user of it,
// with an id below before, newest first. It needs sessions.view.
func (s *Service) ListAttempts(ctx context.Context, actor sallyport.Actor, userID, before string, limit int) ([]sallyport.Attempt, error) {
	if err := NeedAttempts.ToLook(actor); err != nil {
		return nil, err
	}
	if userID != "" {
		return s.acts.AttemptsOf(ctx, actor.TenantID, userID, before, limit)
	}
	return s.acts.Attempts(ctx, actor.TenantID, before, limit)
}

// AnswerMine records, inside a session, that an unusual sign-in was the actor's own:
// what was unusual of it is quiet on that device from then on. ErrNotFound for an
// attempt of somebody else; ErrConflict for one that was answered. (That it was not
// theirs they say by removing the device or ending the session.)
func (s *Service) AnswerMine(ctx context.Context, actor sallyport.Actor, attemptID string) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), act.Need{}, func(a *act.Act) error {
		return confirmAttempt(ctx, a, attemptID)
	})
}

// Mine is AnswerMine through the link in the mail that told of the sign-in. A sign-in
// that was refused counts as a visit of theirs, so that the next one from there passes.
func (s *Service) Mine(ctx context.Context, m link.Mailed) error {
	m.Kind = link.Mine
	return s.acts.ByLink(ctx, m, func(a *act.Act, l link.Link) error { return confirmAttempt(ctx, a, l.AttemptID) })
}

func confirmAttempt(ctx context.Context, a *act.Act, attemptID string) error {
	found, err := a.Attempt(ctx, a.User.TenantID, a.User.ID, attemptID)
	if err != nil {
		return err
	}
	if found.Answer != sallyport.AnswerNone {
		return sallyport.ErrConflict
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
