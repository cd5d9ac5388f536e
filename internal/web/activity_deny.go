package web

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
)

// activityDenyAsk asks before a session that was not theirs ends.
func (p *Pages) activityDenyAsk(v *visit) error {
	session, d, err := p.activityDenied(v)
	if err != nil {
		return err
	}
	return p.showConfirm(v, confirmDenial(v.speaker, session, d))
}

// activityDeny ends the session and blocks its device, and leads on to a new password.
func (p *Pages) activityDeny(v *visit) error {
	session, d, err := p.activityDenied(v)
	if err != nil {
		return err
	}
	if err := p.Sessions.RevokeOwn(v.r.Context(), p.actor(v), session.ID); err != nil {
		return err
	}
	if d != nil {
		if err := p.Devices.ReportLost(v.r.Context(), p.actor(v), d.ID); err != nil {
			return err
		}
	}
	flash(v, "flash.activityDenied", 0)
	redirect(v, passwordPath)
	return nil
}

// activityDenied returns the session, and its device unless that is the one in use: somebody
// sat at it who is out again, and its owner stays in.
func (p *Pages) activityDenied(v *visit) (sallyport.Session, *device.Device, error) {
	session, err := p.ownSession(v, v.r.PathValue("id"))
	if err != nil {
		return session, nil, err
	}
	if session.ID == v.checked.Session.ID {
		return session, nil, sallyport.ErrNotFound
	}
	if session.DeviceID == "" || session.DeviceID == v.checked.Session.DeviceID {
		return session, nil, nil
	}
	return session, &device.Device{Device: sallyport.Device{ID: session.DeviceID, Info: session.DeviceInfo}}, nil
}

func confirmDenial(s speaker, session sallyport.Session, d *device.Device) *confirmView {
	name := s.Device(session.DeviceInfo)
	v := &confirmView{
		ID: "not-mine-" + session.ID, Path: sessionsPath + "/" + session.ID + "/not-mine", Back: homePath + "#sessions",
		Title: s.T("confirmActivity.notTitle"), Act: s.T("confirmActivity.notAct"),
		Lines: []string{s.T("confirmActivity.notSession", "Device", name, "Place", s.Place(session.Location))},
	}
	if d != nil {
		v.Lines = append(v.Lines, s.T("confirmActivity.notDevice"))
	}
	v.Lines = append(v.Lines, s.T("confirmActivity.notPassword"))
	return v
}
