package auth

import (
	"context"
	"log/slog"
	"sync/atomic"

	"callbook/model"
)

// Audit writes to the log who did, or was refused, what is to be accounted for: sign-ins, uses of keys, refusals, exports and
// erasures. Lines have the message "audit". They never hold a credential's text.
func Audit(ctx context.Context, event string, actor model.Actor, details ...any) {
	attributes := []any{"event", event}
	if actor.Name != "" {
		attributes = append(attributes, "tenant", actor.TenantID, "actor", actor.Name, "credential", actor.Credential)
	}
	logger := auditLog.Load()
	if logger == nil {
		logger = slog.Default()
	}
	logger.InfoContext(ctx, "audit", append(attributes, details...)...)
}

var auditLog atomic.Pointer[slog.Logger]

// SetAuditLog says where the lines go; the default log where it is not called.
func SetAuditLog(l *slog.Logger) { auditLog.Store(l) }
