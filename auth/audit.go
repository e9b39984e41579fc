package auth

import (
	"context"
	"log/slog"
	"sync/atomic"

	"callbook/model"
)

// Audit writes an event to the audit log with its actor: sign-ins, granted or refused, ends of credentials, keys made,
// used and revoked, refusals and erasures. details are pairs of names and values. Lines have the message "audit".
// Callers must not pass credentials.
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

// SetAuditLog sets where Audit writes to, for the whole process. Without it that is slog's default log.
func SetAuditLog(l *slog.Logger) { auditLog.Store(l) }
