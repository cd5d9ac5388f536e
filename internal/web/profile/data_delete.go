package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deleteAsk asks before somebody's account goes.
func (p *Pages) deleteAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	if err := p.MayAct(v, deleteAccount.StepUp); err != nil {
		return nil, err
	}
	leaving, err := p.Accounts.Leaving(v.R.Context(), p.Actor(v))
	if err != nil {
		return nil, err
	}
	if !leaving.At.IsZero() || !leaving.Allowed { // the page says why
		v.Redirect(dataPath)
		return nil, nil
	}
	return confirmDeletion(v.Speaker, leaving), nil
}

// deleteRequest has it deleted after the grace.
func (p *Pages) deleteRequest(v *kit.Visit) error {
	_, err := p.Accounts.RequestDeletion(v.R.Context(), p.Actor(v))
	switch sallyport.CodeOf(err) {
	case sallyport.CodeLastOwner:
		v.Flash("flash.accountStays", 0)
	case sallyport.CodeConflict: // policy was changed meanwhile; the page says so
	case "":
		if err != nil {
			return err
		}
		v.Flash("flash.accountLeaves", 0)
	default:
		return err
	}
	v.Redirect(dataPath)
	return nil
}

// deleteCancel keeps it.
func (p *Pages) deleteCancel(v *kit.Visit) error {
	if err := p.Accounts.KeepAccount(v.R.Context(), p.Actor(v)); err != nil {
		return err
	}
	v.Flash("flash.accountKept", 0)
	v.Redirect(dataPath)
	return nil
}
