package session

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
)

// errUnheard is the error of a node that hears of no changes.
var errUnheard = sallyport.Refuse(sallyport.CodeUnavailable, "")

// Watch lets the actor hear about whom the session check answers differently in their organisation. It needs
// sessions.view. CodeUnavailable where this node hears of nothing.
func (s *Service) Watch(actor sallyport.Actor, m *recall.Memory) (*recall.Watch, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	if m == nil {
		return nil, errUnheard
	}
	return m.Watch(actor.TenantID), nil
}
