-- The 43 steps of the ledger in data-model.md section 1.5, as far as that document tells what they did. One section a step:
--
--   ## VERSION name
--   -- document: what the fragment follows from
--   -- assumed:  what the document does not say, so that the fragment is only one of the ways it may have been
--
-- The document describes the schema after the last step (section 2) and names the steps; of the way there it says only what section 1.4 (timestamps), section 4
-- (the first company) and the table and column comments of section 2 say. A column of section 2 is made by the step whose name speaks of it, else by `init`.
-- "permissions A B" grants the rows of section 4 for the resources A to B. "rows" puts in what a shop of that time had sold.

## 20241103155733 init
-- document: the tables and columns of section 2 that no later name speaks of
-- assumed: texts as long as `expand token columns` found them; amount of a plan as a whole number; sizes kept with each VM, which `drop vm resources` ends
CREATE TABLE users (id int unsigned NOT NULL AUTO_INCREMENT, pubkey binary(32) NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, email varchar(200) DEFAULT NULL, contact_nip17 bit(1) NOT NULL, contact_email bit(1) NOT NULL, PRIMARY KEY (id), UNIQUE ix_user_email (email), UNIQUE ix_user_pubkey (pubkey)) ENGINE=InnoDB;
CREATE TABLE user_ssh_key (id int unsigned NOT NULL AUTO_INCREMENT, name varchar(100) NOT NULL, user_id int unsigned NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, key_data varchar(2048) NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_ssh_key_user FOREIGN KEY (user_id) REFERENCES users (id)) ENGINE=InnoDB;
CREATE TABLE vm_host_region (id int unsigned NOT NULL AUTO_INCREMENT, name varchar(100) NOT NULL, enabled bit(1) NOT NULL, PRIMARY KEY (id)) ENGINE=InnoDB;
CREATE TABLE vm_host (id int unsigned NOT NULL AUTO_INCREMENT, kind smallint unsigned NOT NULL, region_id int unsigned NOT NULL, name varchar(100) NOT NULL, ip varchar(250) NOT NULL, cpu bigint unsigned NOT NULL, memory bigint unsigned NOT NULL, enabled bit(1) NOT NULL, api_token varchar(255) NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_host_region FOREIGN KEY (region_id) REFERENCES vm_host_region (id)) ENGINE=InnoDB;
CREATE TABLE vm_host_disk (id int unsigned NOT NULL AUTO_INCREMENT, host_id int unsigned NOT NULL, name varchar(50) NOT NULL, size bigint unsigned NOT NULL, kind smallint unsigned NOT NULL, interface smallint unsigned NOT NULL, enabled bit(1) NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_host_disk_host FOREIGN KEY (host_id) REFERENCES vm_host (id)) ENGINE=InnoDB;
CREATE TABLE vm_os_image (id int unsigned NOT NULL AUTO_INCREMENT, distribution smallint unsigned NOT NULL, flavour varchar(50) NOT NULL, version varchar(50) NOT NULL, enabled bit(1) NOT NULL, release_date timestamp NOT NULL, url varchar(1024) NOT NULL, PRIMARY KEY (id), UNIQUE ix_vm_os_image (distribution, flavour, version)) ENGINE=InnoDB;
CREATE TABLE ip_range (id int unsigned NOT NULL AUTO_INCREMENT, cidr varchar(200) NOT NULL, enabled bit(1) NOT NULL, region_id int unsigned NOT NULL, PRIMARY KEY (id), UNIQUE ix_ip_range_cidr (cidr), CONSTRAINT fk_ip_range_region FOREIGN KEY (region_id) REFERENCES vm_host_region (id)) ENGINE=InnoDB;
CREATE TABLE vm_cost_plan (id int unsigned NOT NULL AUTO_INCREMENT, name varchar(200) NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, amount int unsigned NOT NULL, currency varchar(4) NOT NULL, interval_amount int unsigned NOT NULL, interval_type smallint unsigned NOT NULL, PRIMARY KEY (id)) ENGINE=InnoDB;
CREATE TABLE vm_template (id int unsigned NOT NULL AUTO_INCREMENT, name varchar(200) NOT NULL, enabled bit(1) NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, expires timestamp NULL DEFAULT NULL, cpu tinyint unsigned NOT NULL, memory bigint unsigned NOT NULL, disk_size bigint unsigned NOT NULL, disk_type smallint unsigned NOT NULL, disk_interface smallint unsigned NOT NULL, cost_plan_id int unsigned NOT NULL, region_id int unsigned NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_template_cost_plan FOREIGN KEY (cost_plan_id) REFERENCES vm_cost_plan (id), CONSTRAINT fk_template_region FOREIGN KEY (region_id) REFERENCES vm_host_region (id)) ENGINE=InnoDB;
CREATE TABLE vm (id int unsigned NOT NULL AUTO_INCREMENT, host_id int unsigned NOT NULL, user_id int unsigned NOT NULL, image_id int unsigned NOT NULL, template_id int unsigned NOT NULL, ssh_key_id int unsigned NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, expires timestamp NOT NULL, cpu smallint unsigned NOT NULL, memory bigint unsigned NOT NULL, disk_size bigint unsigned NOT NULL, disk_id int unsigned NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_vm_host FOREIGN KEY (host_id) REFERENCES vm_host (id), CONSTRAINT fk_vm_user FOREIGN KEY (user_id) REFERENCES users (id), CONSTRAINT fk_vm_image FOREIGN KEY (image_id) REFERENCES vm_os_image (id), CONSTRAINT fk_vm_template_id FOREIGN KEY (template_id) REFERENCES vm_template (id), CONSTRAINT fk_vm_ssh_key_id FOREIGN KEY (ssh_key_id) REFERENCES user_ssh_key (id), CONSTRAINT fk_vm_host_disk_id FOREIGN KEY (disk_id) REFERENCES vm_host_disk (id)) ENGINE=InnoDB;
CREATE TABLE vm_ip_assignment (id int unsigned NOT NULL AUTO_INCREMENT, vm_id int unsigned NOT NULL, ip_range_id int unsigned NOT NULL, ip varchar(255) NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_vm_ip_assignment_vm FOREIGN KEY (vm_id) REFERENCES vm (id), CONSTRAINT fk_vm_ip_range FOREIGN KEY (ip_range_id) REFERENCES ip_range (id)) ENGINE=InnoDB;
CREATE TABLE vm_payment (id binary(32) NOT NULL, vm_id int unsigned NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, expires timestamp NOT NULL, amount bigint unsigned NOT NULL, external_data text NOT NULL, time_value bigint unsigned NOT NULL, is_paid bit(1) NOT NULL, UNIQUE ix_vm_payment_id (id), CONSTRAINT fk_vm_payment_vm FOREIGN KEY (vm_id) REFERENCES vm (id)) ENGINE=InnoDB;

## 20241126205723 rates
-- document: `rate` of section 2.5
-- assumed: that this name means it
ALTER TABLE vm_payment ADD COLUMN rate float NOT NULL;

## 20241127163556 networking
-- assumed: that the MAC of a VM and the gateway of a range came with it
ALTER TABLE vm ADD COLUMN mac_address varchar(20) NOT NULL;
ALTER TABLE ip_range ADD COLUMN gateway varchar(255) NOT NULL;

## 20241204142919 delete-vm
-- document: soft deletion of VMs and addresses (section 2.5)
ALTER TABLE vm ADD COLUMN deleted bit(1) NOT NULL DEFAULT 0;
ALTER TABLE vm_ip_assignment ADD COLUMN deleted bit(1) NOT NULL DEFAULT 0;

## 20250217153119 drop vm resources
-- document: a VM's size is its template's (section 2.5)
ALTER TABLE vm DROP COLUMN cpu, DROP COLUMN memory, DROP COLUMN disk_size;

## 20250303152800 ip refs
-- document: what refers to routers and DNS providers in `vm_ip_assignment`
ALTER TABLE vm_ip_assignment ADD COLUMN arp_ref varchar(50) DEFAULT NULL, ADD COLUMN dns_reverse varchar(255) DEFAULT NULL, ADD COLUMN dns_reverse_ref varchar(50) DEFAULT NULL, ADD COLUMN dns_forward varchar(255) DEFAULT NULL, ADD COLUMN dns_forward_ref varchar(50) DEFAULT NULL;

## 20250305104739 referrals
-- document: `vm.ref_code`
ALTER TABLE vm ADD COLUMN ref_code varchar(20) DEFAULT NULL;

## 20250305132119 load factor
-- document: three factors with the default 1 in the end
-- assumed: one for all at first
ALTER TABLE vm_host ADD COLUMN load_factor float NOT NULL DEFAULT 1;

## 20250305215123 amount-float
-- document: the name; `amount to cents` says what was wrong with it
ALTER TABLE vm_cost_plan MODIFY amount float NOT NULL;

## 20250306113236 custom pricing
-- document: the three tables of section 2.4, `vm.custom_template_id`, and that a custom VM has no template; limits come later by name
-- assumed: costs as fractions, as the amount of plans was
CREATE TABLE vm_custom_pricing (id int unsigned NOT NULL AUTO_INCREMENT, name varchar(100) NOT NULL, enabled bit(1) NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, expires timestamp NULL DEFAULT NULL, region_id int unsigned NOT NULL, currency varchar(5) NOT NULL, cpu_cost float NOT NULL, memory_cost float NOT NULL, ip4_cost float NOT NULL, ip6_cost float NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_custom_pricing_region FOREIGN KEY (region_id) REFERENCES vm_host_region (id)) ENGINE=InnoDB;
CREATE TABLE vm_custom_pricing_disk (id int unsigned NOT NULL AUTO_INCREMENT, pricing_id int unsigned NOT NULL, kind smallint unsigned NOT NULL, interface smallint unsigned NOT NULL, cost float NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_custom_pricing_disk FOREIGN KEY (pricing_id) REFERENCES vm_custom_pricing (id)) ENGINE=InnoDB;
CREATE TABLE vm_custom_template (id int unsigned NOT NULL AUTO_INCREMENT, cpu tinyint unsigned NOT NULL, memory bigint unsigned NOT NULL, disk_size bigint unsigned NOT NULL, disk_type smallint unsigned NOT NULL, disk_interface smallint unsigned NOT NULL, pricing_id int unsigned NOT NULL, PRIMARY KEY (id), CONSTRAINT fk_custom_template_pricing FOREIGN KEY (pricing_id) REFERENCES vm_custom_pricing (id)) ENGINE=InnoDB;
ALTER TABLE vm MODIFY template_id int unsigned DEFAULT NULL, ADD COLUMN custom_template_id int unsigned DEFAULT NULL, ADD CONSTRAINT fk_vm_custom_template FOREIGN KEY (custom_template_id) REFERENCES vm_custom_template (id);

## 20250310153305 fiat payment
-- document: what a payment in another currency than Bitcoin needs (section 2.5)
ALTER TABLE vm_payment ADD COLUMN currency varchar(5) NOT NULL DEFAULT 'BTC', ADD COLUMN payment_method smallint unsigned NOT NULL DEFAULT 0, ADD COLUMN external_id varchar(255) DEFAULT NULL;

## 20250311135933 taxes
-- document: `tax` without a default, and the country it follows from
-- assumed: an unknown country as an empty text, which the next step but one ends
ALTER TABLE vm_payment ADD COLUMN tax bigint unsigned NOT NULL;
ALTER TABLE users ADD COLUMN country_code varchar(3) DEFAULT '';

## 20250313140640 empty country
-- document: NULL = unknown (section 2.1)
UPDATE users SET country_code = NULL WHERE country_code = '';
ALTER TABLE users MODIFY country_code varchar(3) DEFAULT NULL;

## 20250324143556 load factors
-- document: section 2.3
ALTER TABLE vm_host ADD COLUMN load_cpu float NOT NULL DEFAULT 1, ADD COLUMN load_memory float NOT NULL DEFAULT 1, ADD COLUMN load_disk float NOT NULL DEFAULT 1;
ALTER TABLE vm_host DROP COLUMN load_factor;

## 20250325113115 extend ip range
-- document: what section 2.3 has of ranges, policies and routers
-- assumed: that all of it came here
CREATE TABLE router (id int unsigned NOT NULL AUTO_INCREMENT, name varchar(100) NOT NULL, enabled bit(1) NOT NULL, kind smallint unsigned NOT NULL, url varchar(255) NOT NULL, token varchar(255) NOT NULL, PRIMARY KEY (id)) ENGINE=InnoDB;
CREATE TABLE access_policy (id int unsigned NOT NULL AUTO_INCREMENT, name varchar(100) NOT NULL, kind smallint unsigned NOT NULL, router_id int unsigned DEFAULT NULL, interface varchar(100) DEFAULT NULL, PRIMARY KEY (id), CONSTRAINT fk_access_policy_router FOREIGN KEY (router_id) REFERENCES router (id)) ENGINE=InnoDB;
ALTER TABLE ip_range ADD COLUMN reverse_zone_id varchar(255) DEFAULT NULL, ADD COLUMN access_policy_id int unsigned DEFAULT NULL, ADD CONSTRAINT fk_ip_range_access_policy FOREIGN KEY (access_policy_id) REFERENCES access_policy (id);

## 20250325151434 vlan to range config
-- document: `vm_host.vlan_id` is where a VLAN is kept in the end
-- assumed: that it is there since
ALTER TABLE vm_host ADD COLUMN vlan_id int unsigned DEFAULT NULL;

## 20250327124211 ip allocation mode
-- document: section 2.3
-- assumed: that the use of the first and last address came with it
ALTER TABLE ip_range ADD COLUMN allocation_mode smallint unsigned NOT NULL DEFAULT 0, ADD COLUMN use_full_range bit(1) NOT NULL;
rows;

## 20250328220956 fixes
-- assumed: nothing; the document does not say what was mended
ALTER TABLE vm_os_image ADD COLUMN default_username varchar(50) DEFAULT NULL;

## 20250402115943 nostr address
-- document: section 2.7; the last change of status comes later by name
CREATE TABLE nostr_domain (id int unsigned NOT NULL AUTO_INCREMENT, owner_id int unsigned NOT NULL, name varchar(200) NOT NULL, enabled bit(1) NOT NULL DEFAULT 0, created timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, relays varchar(1024) DEFAULT NULL, PRIMARY KEY (id), UNIQUE ix_domain_unique (name), CONSTRAINT fk_nostr_domain_user FOREIGN KEY (owner_id) REFERENCES users (id)) ENGINE=InnoDB;
CREATE TABLE nostr_domain_handle (id int unsigned NOT NULL AUTO_INCREMENT, domain_id int unsigned NOT NULL, handle varchar(100) NOT NULL, created timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, pubkey binary(32) NOT NULL, relays varchar(1024) DEFAULT NULL, PRIMARY KEY (id), UNIQUE ix_domain_handle_unique (domain_id, handle), CONSTRAINT fk_nostr_domain_handle_domain FOREIGN KEY (domain_id) REFERENCES nostr_domain (id) ON DELETE CASCADE) ENGINE=InnoDB;

## 20250501132143 billing info
-- document: section 2.1
ALTER TABLE users ADD COLUMN billing_name varchar(200) DEFAULT NULL, ADD COLUMN billing_address_1 varchar(200) DEFAULT NULL, ADD COLUMN billing_address_2 varchar(200) DEFAULT NULL, ADD COLUMN billing_city varchar(100) DEFAULT NULL, ADD COLUMN billing_state varchar(100) DEFAULT NULL, ADD COLUMN billing_postcode varchar(50) DEFAULT NULL, ADD COLUMN billing_tax_id varchar(50) DEFAULT NULL;

## 20250501162308 company info
-- document: section 2.2, and that a region may have been without a company until `require company id`
CREATE TABLE company (id int unsigned NOT NULL AUTO_INCREMENT, created timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, name varchar(100) NOT NULL, email varchar(100) NOT NULL, phone varchar(100) DEFAULT NULL, address_1 varchar(200) DEFAULT NULL, address_2 varchar(200) DEFAULT NULL, city varchar(100) DEFAULT NULL, state varchar(100) DEFAULT NULL, postcode varchar(50) DEFAULT NULL, country_code varchar(3) DEFAULT NULL, tax_id varchar(50) DEFAULT NULL, PRIMARY KEY (id)) ENGINE=InnoDB;
INSERT INTO company (name, email, created) VALUES ('Default Company', 'admin@example.com', '2025-05-01 16:23:08');
ALTER TABLE vm_host_region ADD COLUMN company_id int unsigned DEFAULT NULL, ADD CONSTRAINT fk_host_region_company FOREIGN KEY (company_id) REFERENCES company (id) ON DELETE SET NULL;

## 20250618123130 payment type
-- document: `vm_payment.payment_type`
ALTER TABLE vm_payment ADD COLUMN payment_type smallint unsigned NOT NULL DEFAULT 0;

## 20250729000000 vm history
-- document: section 2.5; the type of an action is a number since the next step
CREATE TABLE vm_history (id int unsigned NOT NULL AUTO_INCREMENT, vm_id int unsigned NOT NULL, action_type varchar(50) NOT NULL, timestamp timestamp NULL DEFAULT CURRENT_TIMESTAMP, initiated_by_user int unsigned DEFAULT NULL, previous_state json DEFAULT NULL, new_state json DEFAULT NULL, metadata json DEFAULT NULL, description text DEFAULT NULL, PRIMARY KEY (id), KEY ix_vm_history_action_type (action_type), KEY ix_vm_history_timestamp (timestamp), KEY ix_vm_history_vm_id (vm_id), CONSTRAINT fk_vm_history_user FOREIGN KEY (initiated_by_user) REFERENCES users (id), CONSTRAINT fk_vm_history_vm FOREIGN KEY (vm_id) REFERENCES vm (id)) ENGINE=InnoDB;
INSERT INTO vm_history (vm_id, action_type, timestamp, initiated_by_user) VALUES (20, 'created', '2025-08-01 00:00:00', 3), (20, 'payment_received', '2025-08-01 00:00:02', NULL);

## 20250731000001 change vm history action type to int
-- document: the ordinals of section 3
UPDATE vm_history SET action_type = CASE action_type WHEN 'created' THEN 0 WHEN 'payment_received' THEN 9 END;
ALTER TABLE vm_history MODIFY action_type smallint unsigned NOT NULL;

## 20250801000000 rbac system
-- document: sections 2.8 and 4; which resources came later by name
CREATE TABLE admin_roles (id bigint unsigned NOT NULL AUTO_INCREMENT, name varchar(50) NOT NULL, description text DEFAULT NULL, is_system_role tinyint(1) DEFAULT 0, created_at timestamp NULL DEFAULT CURRENT_TIMESTAMP, updated_at timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (id), UNIQUE name (name), KEY idx_name (name), KEY idx_system_role (is_system_role)) ENGINE=InnoDB;
CREATE TABLE admin_role_permissions (id bigint unsigned NOT NULL AUTO_INCREMENT, role_id bigint unsigned NOT NULL, resource smallint unsigned NOT NULL, action smallint unsigned NOT NULL, created_at timestamp NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (id), UNIQUE unique_role_permission (role_id, resource, action), KEY idx_role_id (role_id), KEY idx_resource_action (resource, action), KEY idx_admin_role_permissions_lookup (role_id, resource, action), CONSTRAINT admin_role_permissions_ibfk_1 FOREIGN KEY (role_id) REFERENCES admin_roles (id) ON DELETE CASCADE) ENGINE=InnoDB;
CREATE TABLE admin_role_assignments (id bigint unsigned NOT NULL AUTO_INCREMENT, user_id int unsigned NOT NULL, role_id bigint unsigned NOT NULL, assigned_by int unsigned DEFAULT NULL, assigned_at timestamp NULL DEFAULT CURRENT_TIMESTAMP, expires_at timestamp NULL DEFAULT NULL, is_active tinyint(1) DEFAULT 1, PRIMARY KEY (id), UNIQUE unique_user_role (user_id, role_id), KEY assigned_by (assigned_by), KEY idx_user_id (user_id), KEY idx_role_id (role_id), KEY idx_expires (expires_at), KEY idx_active (is_active), KEY idx_admin_role_assignments_lookup (user_id, expires_at), CONSTRAINT admin_role_assignments_ibfk_1 FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE, CONSTRAINT admin_role_assignments_ibfk_2 FOREIGN KEY (role_id) REFERENCES admin_roles (id) ON DELETE CASCADE, CONSTRAINT admin_role_assignments_ibfk_3 FOREIGN KEY (assigned_by) REFERENCES users (id) ON DELETE SET NULL) ENGINE=InnoDB;
INSERT INTO admin_roles (id, name, is_system_role) VALUES (1, 'super_admin', 1), (2, 'admin', 1), (3, 'user_manager', 1), (4, 'vm_manager', 1), (5, 'payment_manager', 1), (6, 'read_only', 1);
permissions 0 16;

## 20250807000000 company base currency
-- document: section 2.2
ALTER TABLE company ADD COLUMN base_currency varchar(3) NOT NULL DEFAULT 'EUR';

## 20250808000000 fix same currency payment rates
-- document: `rate` is 1 where the currencies are equal (section 2.5)
UPDATE vm_payment p JOIN vm v ON v.id = p.vm_id JOIN vm_host h ON h.id = v.host_id JOIN vm_host_region r ON r.id = h.region_id JOIN company c ON c.id = r.company_id SET p.rate = 1 WHERE p.currency = c.base_currency;

## 20250808144512 add nostr domain last status change
-- document: section 2.7
ALTER TABLE nostr_domain ADD COLUMN last_status_change timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP;

## 20250809000000 remove is active from role assignments
-- document: the name
ALTER TABLE admin_role_assignments DROP INDEX idx_active, DROP COLUMN is_active;

## 20250811000000 add upgrade params column
-- document: section 2.5; the column has a comment, which is no part of the contract
ALTER TABLE vm_payment ADD COLUMN upgrade_params text DEFAULT NULL COMMENT 'JSON';

## 20250813000000 add nwc connection string
-- document: sections 2.1 and 2.5; both columns have comments, and renewal from a wallet has no default
ALTER TABLE users ADD COLUMN nwc_connection_string text DEFAULT NULL COMMENT 'wallet';
ALTER TABLE vm ADD COLUMN auto_renewal_enabled bit(1) NOT NULL COMMENT 'renews itself';

## 20250813142400 expand token columns
-- document: the encrypted columns are texts (sections 2 and 5)
ALTER TABLE vm_host MODIFY api_token text NOT NULL;
ALTER TABLE router MODIFY token text NOT NULL;
ALTER TABLE user_ssh_key MODIFY key_data text NOT NULL;
ALTER TABLE users DROP INDEX ix_user_email, MODIFY email text DEFAULT NULL, ADD UNIQUE ix_user_email (email);

## 20250814000000 custom template limits
-- document: section 2.4 with all defaults
ALTER TABLE vm_custom_pricing ADD COLUMN min_cpu tinyint unsigned NOT NULL DEFAULT 1, ADD COLUMN max_cpu tinyint unsigned NOT NULL DEFAULT 32, ADD COLUMN min_memory bigint unsigned NOT NULL DEFAULT 1073741824, ADD COLUMN max_memory bigint unsigned NOT NULL DEFAULT 68719476736;
ALTER TABLE vm_custom_pricing_disk ADD COLUMN min_disk_size bigint unsigned NOT NULL DEFAULT 5368709120, ADD COLUMN max_disk_size bigint unsigned NOT NULL DEFAULT 2199023255552;

## 20260127000000 subscription billing system
-- document: section 2.6; intervals go again by name
-- assumed: where the intervals were
CREATE TABLE subscription (id int unsigned NOT NULL AUTO_INCREMENT, user_id int unsigned NOT NULL, company_id int unsigned NOT NULL, name varchar(200) NOT NULL, description text DEFAULT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, expires timestamp NULL DEFAULT NULL, is_active bit(1) NOT NULL DEFAULT 1, currency varchar(4) NOT NULL, interval_amount int unsigned NOT NULL, interval_type smallint unsigned NOT NULL, setup_fee bigint unsigned NOT NULL DEFAULT 0, auto_renewal_enabled bit(1) NOT NULL DEFAULT 0, external_id varchar(255) DEFAULT NULL, PRIMARY KEY (id), KEY idx_subscription_user (user_id), KEY idx_subscription_active (is_active), KEY idx_subscription_expires (expires), KEY idx_subscription_external_id (external_id), CONSTRAINT fk_subscription_user FOREIGN KEY (user_id) REFERENCES users (id), CONSTRAINT fk_subscription_company FOREIGN KEY (company_id) REFERENCES company (id)) ENGINE=InnoDB;
CREATE TABLE subscription_line_item (id int unsigned NOT NULL AUTO_INCREMENT, subscription_id int unsigned NOT NULL, name varchar(200) NOT NULL, description text DEFAULT NULL, amount bigint unsigned NOT NULL, setup_amount bigint unsigned NOT NULL DEFAULT 0, configuration json DEFAULT NULL, PRIMARY KEY (id), KEY idx_line_item_subscription (subscription_id), CONSTRAINT fk_line_item_subscription FOREIGN KEY (subscription_id) REFERENCES subscription (id) ON DELETE CASCADE) ENGINE=InnoDB;
CREATE TABLE subscription_payment (id binary(32) NOT NULL, subscription_id int unsigned NOT NULL, user_id int unsigned NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, expires timestamp NOT NULL, amount bigint unsigned NOT NULL, currency varchar(5) NOT NULL, payment_method smallint unsigned NOT NULL, payment_type smallint unsigned NOT NULL, external_data text NOT NULL, external_id varchar(255) DEFAULT NULL, is_paid bit(1) NOT NULL DEFAULT 0, rate float NOT NULL, tax bigint unsigned NOT NULL, UNIQUE ix_subscription_payment_id (id), KEY idx_subscription_payment_subscription (subscription_id), KEY idx_subscription_payment_user (user_id), KEY idx_subscription_payment_is_paid (is_paid), KEY idx_subscription_payment_expires (expires), KEY idx_subscription_payment_external_id (external_id), CONSTRAINT fk_subscription_payment_subscription FOREIGN KEY (subscription_id) REFERENCES subscription (id), CONSTRAINT fk_subscription_payment_user FOREIGN KEY (user_id) REFERENCES users (id)) ENGINE=InnoDB;
INSERT INTO subscription (id, user_id, company_id, name, created, currency, interval_amount, interval_type) VALUES (30, 3, 1, 'addresses', '2026-01-28 00:00:00', 'EUR', 1, 1);

## 20260127000001 subscription rbac permissions
-- document: section 4
permissions 17 19;

## 20260130000000 ip range subscription
-- document: section 2.6
CREATE TABLE available_ip_space (id int unsigned NOT NULL AUTO_INCREMENT, company_id int unsigned NOT NULL, cidr varchar(200) NOT NULL, min_prefix_size smallint unsigned NOT NULL, max_prefix_size smallint unsigned NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, updated timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, registry smallint unsigned NOT NULL, external_id varchar(255) DEFAULT NULL, is_available bit(1) NOT NULL DEFAULT 1, is_reserved bit(1) NOT NULL DEFAULT 0, metadata json DEFAULT NULL, PRIMARY KEY (id), UNIQUE idx_available_ip_space_cidr (cidr), KEY idx_available_ip_space_company (company_id), KEY idx_available_ip_space_available (is_available), KEY idx_available_ip_space_reserved (is_reserved), KEY idx_available_ip_space_registry (registry), KEY idx_available_ip_space_external_id (external_id), CONSTRAINT fk_available_ip_space_company FOREIGN KEY (company_id) REFERENCES company (id)) ENGINE=InnoDB;
CREATE TABLE ip_space_pricing (id int unsigned NOT NULL AUTO_INCREMENT, available_ip_space_id int unsigned NOT NULL, prefix_size smallint unsigned NOT NULL, price_per_month bigint unsigned NOT NULL, currency varchar(4) NOT NULL DEFAULT 'USD', setup_fee bigint unsigned NOT NULL DEFAULT 0, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, updated timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (id), UNIQUE idx_ip_space_pricing_unique (available_ip_space_id, prefix_size), KEY idx_ip_space_pricing_available_space (available_ip_space_id), KEY idx_ip_space_pricing_prefix_size (prefix_size), CONSTRAINT fk_ip_space_pricing_available_space FOREIGN KEY (available_ip_space_id) REFERENCES available_ip_space (id) ON DELETE CASCADE) ENGINE=InnoDB;
CREATE TABLE ip_range_subscription (id int unsigned NOT NULL AUTO_INCREMENT, subscription_line_item_id int unsigned NOT NULL, available_ip_space_id int unsigned NOT NULL, created timestamp NULL DEFAULT CURRENT_TIMESTAMP, cidr varchar(200) NOT NULL, is_active bit(1) NOT NULL DEFAULT 1, started_at timestamp NULL DEFAULT CURRENT_TIMESTAMP, ended_at timestamp NULL DEFAULT NULL, metadata json DEFAULT NULL, PRIMARY KEY (id), UNIQUE idx_ip_range_subscription_unique_cidr (cidr), KEY idx_ip_range_subscription_line_item (subscription_line_item_id), KEY idx_ip_range_subscription_available_space (available_ip_space_id), KEY idx_ip_range_subscription_cidr (cidr), KEY idx_ip_range_subscription_active (is_active), CONSTRAINT fk_ip_range_subscription_line_item FOREIGN KEY (subscription_line_item_id) REFERENCES subscription_line_item (id) ON DELETE CASCADE, CONSTRAINT fk_ip_range_subscription_available_space FOREIGN KEY (available_ip_space_id) REFERENCES available_ip_space (id)) ENGINE=InnoDB;

## 20260130000001 subscription line item type
-- document: section 2.6
ALTER TABLE subscription_line_item ADD COLUMN subscription_type smallint unsigned NOT NULL DEFAULT 0, ADD KEY idx_line_item_type (subscription_type);

## 20260130000002 ip space rbac permissions
-- document: section 4
permissions 20 20;

## 20260130000003 remove interval columns
-- document: everything by subscription is monthly (section 2.6)
ALTER TABLE subscription DROP COLUMN interval_amount, DROP COLUMN interval_type;

## 20260215000000 add processing fee
-- document: sections 2.5 and 2.6
ALTER TABLE vm_payment ADD COLUMN processing_fee bigint unsigned NOT NULL DEFAULT 0;
ALTER TABLE subscription_payment ADD COLUMN processing_fee bigint unsigned NOT NULL DEFAULT 0;

## 20260216000000 payment method config
-- document: sections 2.2 and 4
CREATE TABLE payment_method_config (id int unsigned NOT NULL AUTO_INCREMENT, company_id int unsigned NOT NULL, payment_method smallint unsigned NOT NULL, name varchar(255) NOT NULL, enabled bit(1) NOT NULL DEFAULT 1, provider_type varchar(50) NOT NULL, config json NOT NULL, processing_fee_rate float DEFAULT NULL, processing_fee_base bigint unsigned DEFAULT NULL, processing_fee_currency varchar(5) DEFAULT NULL, created timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, modified timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (id), KEY idx_company_id (company_id), KEY idx_enabled (enabled), CONSTRAINT fk_payment_method_config_company FOREIGN KEY (company_id) REFERENCES company (id)) ENGINE=InnoDB;
permissions 21 21;

## 20260217000000 require company id
-- document: sections 2.3 and 4: the first company is added where there is none
-- assumed: that what belonged to nobody went to the first
INSERT INTO company (name, email) SELECT 'Default Company', 'admin@example.com' WHERE NOT EXISTS (SELECT 1 FROM company);
UPDATE vm_host_region SET company_id = (SELECT MIN(id) FROM company) WHERE company_id IS NULL;
ALTER TABLE vm_host_region DROP FOREIGN KEY fk_host_region_company;
ALTER TABLE vm_host_region MODIFY company_id int unsigned NOT NULL, ADD CONSTRAINT fk_host_region_company FOREIGN KEY (company_id) REFERENCES company (id);

## 20260217100000 amount to cents
-- document: section 1.2: the smallest unit, hundredths for every fiat currency
ALTER TABLE vm_cost_plan ADD COLUMN cents bigint unsigned NOT NULL DEFAULT 0;
UPDATE vm_cost_plan SET cents = ROUND(CAST(amount AS DOUBLE) * 100);
ALTER TABLE vm_cost_plan DROP COLUMN amount;
ALTER TABLE vm_cost_plan CHANGE cents amount bigint unsigned NOT NULL AFTER created;
UPDATE vm_custom_pricing SET cpu_cost = ROUND(cpu_cost * 100), memory_cost = ROUND(memory_cost * 100), ip4_cost = ROUND(ip4_cost * 100), ip6_cost = ROUND(ip6_cost * 100);
ALTER TABLE vm_custom_pricing MODIFY cpu_cost bigint unsigned NOT NULL, MODIFY memory_cost bigint unsigned NOT NULL, MODIFY ip4_cost bigint unsigned NOT NULL, MODIFY ip6_cost bigint unsigned NOT NULL;
UPDATE vm_custom_pricing_disk SET cost = ROUND(cost * 100);
ALTER TABLE vm_custom_pricing_disk MODIFY cost bigint unsigned NOT NULL;
