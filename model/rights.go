package model

// rights are what a role stands for.
type rights struct {
	permissions []Permission
	ownOnly     bool
	visibility  Visibility
}

// rightsOf are the five built-in roles. The schema's enum Role describes them.
var rightsOf = map[Role]rights{
	RoleAdmin:   {permissions: AllPermission, visibility: fullVisibility},
	RoleManager: {permissions: allBut(PermissionAdmin), visibility: fullVisibility},
	RoleAgent: {permissions: []Permission{PermissionCallCreate, PermissionCallRead, PermissionCallUpdate, PermissionCallRecordRead,
		PermissionCallRecordUpdate, PermissionCustomerPersonRead}, ownOnly: true, visibility: fullVisibility},
	RoleAnalyst: {permissions: []Permission{PermissionCallRead, PermissionCallRecordRead, PermissionCustomerPersonRead, PermissionExport}},
	RoleIntegration: {permissions: []Permission{PermissionCallCreate, PermissionCallRead, PermissionCallUpdate, PermissionCallRecordCreate,
		PermissionCallRecordRead, PermissionCallRecordUpdate, PermissionCustomerPersonCreate, PermissionCustomerPersonRead,
		PermissionCustomerPersonUpdate, PermissionImport}, visibility: fullVisibility},
}

func allBut(excluded Permission) (permissions []Permission) {
	for _, p := range AllPermission {
		if p != excluded {
			permissions = append(permissions, p)
		}
	}
	return permissions
}
