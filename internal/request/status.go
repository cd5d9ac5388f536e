package request

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
)

// statuses maps error codes to HTTP statuses. This is the only place that does so.
var statuses = map[sallyport.Code]int{
	sallyport.CodeInvalidCredentials: http.StatusUnauthorized,
	sallyport.CodeMFAFailed:          http.StatusUnauthorized,
	sallyport.CodeSessionExpired:     http.StatusUnauthorized,
	sallyport.CodeSessionRevoked:     http.StatusUnauthorized,
	sallyport.CodeSessionTerminated:  http.StatusUnauthorized,
	sallyport.CodeSessionSuspended:   http.StatusUnauthorized,
	sallyport.CodeNotSignedIn:        http.StatusUnauthorized,
	sallyport.CodeTokenExpired:       http.StatusUnauthorized,
	sallyport.CodeKeyEnded:           http.StatusUnauthorized,
	sallyport.CodeKeyNetwork:         http.StatusUnauthorized,
	sallyport.CodeNotByKey:           http.StatusForbidden,
	sallyport.CodeFlowExpired:        http.StatusUnauthorized,
	sallyport.CodeAccountDisabled:    http.StatusForbidden,
	sallyport.CodeAccountClosed:      http.StatusForbidden,
	sallyport.CodeDeviceNotTrusted:   http.StatusForbidden,
	sallyport.CodeFactorUnavailable:  http.StatusForbidden,
	sallyport.CodeApprovalDenied:     http.StatusForbidden,
	sallyport.CodeSSORequired:        http.StatusForbidden,
	sallyport.CodeSSOFailed:          http.StatusUnprocessableEntity,
	sallyport.CodeSSOUnknown:         http.StatusForbidden,
	sallyport.CodeSSORefused:         http.StatusForbidden,
	sallyport.CodeNetworkBlocked:     http.StatusForbidden,
	sallyport.CodeForbidden:          http.StatusForbidden,
	sallyport.CodeStepUp:             http.StatusForbidden,
	sallyport.CodeCrossOrigin:        http.StatusForbidden,
	sallyport.CodeNotFound:           http.StatusNotFound,
	sallyport.CodeSetUpClosed:        http.StatusNotFound,
	sallyport.CodeLinkExpired:        http.StatusNotFound,
	sallyport.CodeConflict:           http.StatusConflict,
	sallyport.CodeLastOwner:          http.StatusConflict,
	sallyport.CodeCountDiffers:       http.StatusConflict,
	sallyport.CodeOwnNetwork:         http.StatusConflict,
	sallyport.CodeFlowMismatch:       http.StatusConflict,
	sallyport.CodeMFAEnforced:        http.StatusConflict,
	sallyport.CodeTooLarge:           http.StatusRequestEntityTooLarge,
	sallyport.CodeInvalid:            http.StatusUnprocessableEntity,
	sallyport.CodeAccountLocked:      http.StatusTooManyRequests,
	sallyport.CodeRateLimited:        http.StatusTooManyRequests,
	sallyport.CodeOverloaded:         http.StatusServiceUnavailable,
	sallyport.CodeUnavailable:        http.StatusServiceUnavailable,
	sallyport.CodeNotSetUp:           http.StatusServiceUnavailable,
	sallyport.CodeInternal:           http.StatusInternalServerError,
}

// Status returns the HTTP status of an error's code, 500 for an unknown one.
func Status(err error) int {
	if s, ok := statuses[sallyport.CodeOf(err)]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// unavailableRetryAfter is the Retry-After of a service that cannot answer.
const unavailableRetryAfter = 2 * time.Second

// RetryAfter returns how long a client should wait, rounded up to seconds, and 0
// when waiting does not help.
func RetryAfter(err error) time.Duration {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return 0
	}
	after := e.RetryAfter
	if after <= 0 && Status(err) == http.StatusServiceUnavailable {
		after = unavailableRetryAfter
	}
	return time.Duration(math.Ceil(after.Seconds())) * time.Second
}

// SetRetryAfter sets the Retry-After header when waiting helps.
func SetRetryAfter(h http.Header, err error) {
	if d := RetryAfter(err); d > 0 {
		h.Set("Retry-After", strconv.Itoa(int(d.Seconds())))
	}
}
