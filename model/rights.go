package model

// rights are the permissions, the scope and the visibility of a role.
type rights struct {
	permissions []Permission
	ownOnly     bool
	visibility  Visibility
}

// rightsOf holds the rights of the five built-in roles, as the schema's enum Role describes them.
var rightsOf = map[Role]rights{
	RoleAdmin:   {permissions: AllPermission, visibility: fullVisibility},
	RoleManager: {permissions: allBut(PermissionAdmin), visibility: fullVisibility},
	RoleAgent: {
		permissions: []Permission{
			PermissionCallCreate, PermissionCallRead, PermissionCallUpdate,
			PermissionCallRecordRead, PermissionCallRecordUpdate,
			PermissionCustomerPersonRead,
		},
		ownOnly:    true,
		visibility: fullVisibility,
	},
	RoleAnalyst: {
		permissions: []Permission{
			PermissionCallRead, PermissionCallRecordRead, PermissionCustomerPersonRead, PermissionExport,
		},
	},
	RoleIntegration: {
		permissions: []Permission{
			PermissionCallCreate, PermissionCallRead, PermissionCallUpdate,
			PermissionCallRecordCreate, PermissionCallRecordRead, PermissionCallRecordUpdate,
			PermissionCustomerPersonCreate, PermissionCustomerPersonRead, PermissionCustomerPersonUpdate,
			PermissionImport,
		},
		visibility: fullVisibility,
	},
}

// allBut returns all permissions except one.
func allBut(excluded Permission) (permissions []Permission) {
	for _, p := range AllPermission {
		if p != excluded {
			permissions = append(permissions, p)
		}
	}
	return permissions
}
