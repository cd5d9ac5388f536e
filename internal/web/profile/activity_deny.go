package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// activityDenyAsk asks before a session that was not theirs ends.
func (p *Pages) activityDenyAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	session, err := p.activityDenied(v)
	if err != nil {
		return nil, err
	}
	return confirmDenial(v.Speaker, session, blocksDevice(session, v.Checked.Session.DeviceID)), nil
}

// activityDeny ends the session and blocks its device, and leads on to a new password.
func (p *Pages) activityDeny(v *kit.Visit) error {
	session, err := p.activityDenied(v)
	if err != nil {
		return err
	}
	if err := p.Sessions.RevokeOwn(v.R.Context(), p.Actor(v), session.ID); err != nil {
		return err
	}
	if blocksDevice(session, v.Checked.Session.DeviceID) {
		if err := p.Devices.ReportLost(v.R.Context(), p.Actor(v), session.DeviceID); err != nil {
			return err
		}
	}
	v.Flash("flash.activityDenied", 0)
	v.Redirect(kit.PasswordPath)
	return nil
}

// activityDenied returns the session that was not theirs.
func (p *Pages) activityDenied(v *kit.Visit) (sallyport.Session, error) {
	session, err := p.ownSession(v, v.R.PathValue("id"))
	if err != nil {
		return session, err
	}
	if session.ID == v.Checked.Session.ID {
		return session, sallyport.ErrNotFound
	}
	// Before anything ends: whoever comes back from a step-up finds the session.
	return session, p.MayAct(v, policy.EndDevice)
}

// blocksDevice reports whether the device of a session that was somebody else's is blocked: not
// the one in use, at which somebody sat who is out again, while its owner stays in.
func blocksDevice(session sallyport.Session, inUse string) bool {
	return session.DeviceID != "" && session.DeviceID != inUse
}

func confirmDenial(s kit.Speaker, session sallyport.Session, block bool) *kit.ConfirmView {
	name := s.Device(session.DeviceInfo)
	place := s.PlaceAt(session.Location, session.IPAddress).Text
	v := &kit.ConfirmView{
		ID: "not-mine-" + session.ID, Path: sessionsPath + "/" + session.ID + "/not-mine", Back: sessionsSection,
		Text: s.T("confirmActivity.not"), Label: s.T("confirmActivity.notLabel", "Device", name, "Place", place),
		Title: s.T("confirmActivity.notTitle"), Act: s.T("confirmActivity.notAct"),
		Lines: []string{s.T("confirmActivity.notSession", "Device", name, "Place", place)},
	}
	if block {
		v.Lines = append(v.Lines, s.T("confirmActivity.notDevice"))
	}
	v.Lines = append(v.Lines, s.T("confirmActivity.notPassword"))
	return v
}
