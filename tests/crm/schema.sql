-- The CRM's tables, generated from contract/crm-tables.tsv by `node contract/build-schema.js`.

CREATE TABLE IF NOT EXISTS public.tenants (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  package_id character varying,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.roles (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying REFERENCES public.tenants(id) ON DELETE CASCADE,
  name text NOT NULL,
  permissions text[] NOT NULL DEFAULT '{}'::text[],
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.users (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  email text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  first_name text NOT NULL,
  last_name text NOT NULL,
  phone text,
  job_title text,
  profile_image_url text,
  role_id character varying REFERENCES public.roles(id) ON DELETE NO ACTION,
  user_type text NOT NULL DEFAULT 'team_member'::text,
  is_admin boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  employee_code text,
  address text,
  designation text,
  department text,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.customers (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  owner_id character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  name text NOT NULL,
  email text NOT NULL,
  phone text,
  company text,
  website text,
  address text,
  city text,
  state text,
  country text,
  postal_code text,
  customer_type text NOT NULL DEFAULT 'lead'::text,
  segment text,
  industry text,
  tax_id text,
  payment_terms text DEFAULT 'net30'::text,
  credit_limit numeric,
  notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.contacts (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  owner_id character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  name text NOT NULL,
  email text NOT NULL,
  phone text,
  company text,
  role text,
  notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.deals (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  contact_id character varying REFERENCES public.contacts(id) ON DELETE CASCADE,
  customer_id character varying REFERENCES public.customers(id) ON DELETE CASCADE,
  owner_id character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  title text NOT NULL,
  value numeric NOT NULL,
  stage text NOT NULL DEFAULT 'new'::text,
  probability integer DEFAULT 0,
  expected_close_date timestamp without time zone,
  notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.activities (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  user_id character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  customer_id character varying REFERENCES public.customers(id) ON DELETE CASCADE,
  deal_id character varying REFERENCES public.deals(id) ON DELETE CASCADE,
  type text NOT NULL,
  subject text NOT NULL,
  description text,
  outcome text,
  scheduled_at timestamp without time zone,
  completed_at timestamp without time zone,
  duration integer,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.auth_tokens (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  refresh_token text NOT NULL,
  expires_at timestamp without time zone NOT NULL,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.email_templates (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  name text NOT NULL,
  purpose text NOT NULL DEFAULT 'custom'::text,
  subject text NOT NULL,
  body text NOT NULL,
  merge_fields text[] DEFAULT '{}'::text[],
  is_default boolean NOT NULL DEFAULT false,
  default_for text,
  is_active boolean NOT NULL DEFAULT true,
  version integer DEFAULT 1,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.automation_rules (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  name text NOT NULL,
  description text,
  trigger text NOT NULL,
  template_id character varying NOT NULL REFERENCES public.email_templates(id) ON DELETE NO ACTION,
  delay_value integer DEFAULT 0,
  delay_unit text DEFAULT 'minutes'::text,
  conditions text,
  is_enabled boolean NOT NULL DEFAULT true,
  last_triggered timestamp without time zone,
  trigger_count integer DEFAULT 0,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.company_profiles (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL UNIQUE REFERENCES public.tenants(id) ON DELETE CASCADE,
  company_name text NOT NULL,
  email text,
  phone text,
  website text,
  address text,
  city text,
  state text,
  country text,
  postal_code text,
  logo_url text,
  tax_id text,
  registration_number text,
  industry text,
  company_size text,
  currency text DEFAULT 'USD'::text,
  default_payment_terms text DEFAULT 'net30'::text,
  invoice_prefix text DEFAULT 'INV'::text,
  quote_prefix text DEFAULT 'QT'::text,
  invoice_notes text,
  quote_notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.quotations (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  customer_id character varying NOT NULL REFERENCES public.customers(id) ON DELETE CASCADE,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  quote_number text NOT NULL,
  title text NOT NULL,
  status text NOT NULL DEFAULT 'draft'::text,
  subtotal numeric NOT NULL DEFAULT '0'::numeric,
  tax_amount numeric NOT NULL DEFAULT '0'::numeric,
  discount_amount numeric NOT NULL DEFAULT '0'::numeric,
  total_amount numeric NOT NULL DEFAULT '0'::numeric,
  valid_until timestamp without time zone,
  terms text,
  notes text,
  sent_at timestamp without time zone,
  accepted_at timestamp without time zone,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.invoices (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  customer_id character varying NOT NULL REFERENCES public.customers(id) ON DELETE CASCADE,
  quotation_id character varying REFERENCES public.quotations(id) ON DELETE NO ACTION,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  invoice_number text NOT NULL,
  status text NOT NULL DEFAULT 'draft'::text,
  issue_date timestamp without time zone NOT NULL DEFAULT now(),
  due_date timestamp without time zone,
  subtotal numeric NOT NULL DEFAULT '0'::numeric,
  tax_amount numeric NOT NULL DEFAULT '0'::numeric,
  discount_amount numeric NOT NULL DEFAULT '0'::numeric,
  total_amount numeric NOT NULL DEFAULT '0'::numeric,
  paid_amount numeric NOT NULL DEFAULT '0'::numeric,
  balance_due numeric NOT NULL DEFAULT '0'::numeric,
  terms text,
  notes text,
  sent_at timestamp without time zone,
  paid_at timestamp without time zone,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.email_logs (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  sent_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  template_id character varying REFERENCES public.email_templates(id) ON DELETE NO ACTION,
  customer_id character varying REFERENCES public.customers(id) ON DELETE SET NULL,
  quotation_id character varying REFERENCES public.quotations(id) ON DELETE SET NULL,
  invoice_id character varying REFERENCES public.invoices(id) ON DELETE SET NULL,
  from_email text NOT NULL,
  to_email text NOT NULL,
  cc_emails text,
  bcc_emails text,
  subject text NOT NULL,
  body text NOT NULL,
  attachments text[] DEFAULT '{}'::text[],
  status text NOT NULL DEFAULT 'pending'::text,
  scheduled_at timestamp without time zone,
  sent_at timestamp without time zone,
  opened_at timestamp without time zone,
  clicked_at timestamp without time zone,
  error_message text,
  tracking_id text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.email_sender_accounts (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  email text NOT NULL,
  name text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  is_verified boolean NOT NULL DEFAULT false,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.follow_up_sequences (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  name text NOT NULL,
  description text,
  purpose text NOT NULL DEFAULT 'general'::text,
  is_enabled boolean NOT NULL DEFAULT true,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.follow_up_steps (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  sequence_id character varying NOT NULL REFERENCES public.follow_up_sequences(id) ON DELETE CASCADE,
  template_id character varying NOT NULL REFERENCES public.email_templates(id) ON DELETE NO ACTION,
  step_order integer NOT NULL DEFAULT 1,
  delay_days integer NOT NULL DEFAULT 1,
  conditions text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.products (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  name text NOT NULL,
  description text,
  sku text,
  type text NOT NULL DEFAULT 'product'::text,
  unit_price numeric NOT NULL,
  tax_rate numeric DEFAULT '0'::numeric,
  category text,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.invoice_items (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  invoice_id character varying NOT NULL REFERENCES public.invoices(id) ON DELETE CASCADE,
  product_id character varying REFERENCES public.products(id) ON DELETE NO ACTION,
  description text NOT NULL,
  quantity numeric NOT NULL DEFAULT '1'::numeric,
  unit_price numeric NOT NULL,
  tax_rate numeric DEFAULT '0'::numeric,
  discount numeric DEFAULT '0'::numeric,
  total_price numeric NOT NULL,
  sort_order integer DEFAULT 0
);


CREATE TABLE IF NOT EXISTS public.modules (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE,
  display_name text NOT NULL,
  description text,
  icon text,
  is_core boolean NOT NULL DEFAULT false
);


CREATE TABLE IF NOT EXISTS public.packages (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  display_name text NOT NULL,
  description text,
  price numeric NOT NULL DEFAULT '0'::numeric,
  billing_cycle text NOT NULL DEFAULT 'monthly'::text,
  is_active boolean NOT NULL DEFAULT true,
  is_popular boolean NOT NULL DEFAULT false,
  sort_order integer DEFAULT 0,
  features text[] DEFAULT '{}'::text[],
  contact_limit integer DEFAULT '-1'::integer,
  team_member_limit integer DEFAULT '-1'::integer,
  storage_limit_mb integer DEFAULT '-1'::integer,
  project_limit integer DEFAULT '-1'::integer,
  api_calls_limit integer DEFAULT '-1'::integer,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.package_modules (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  package_id character varying NOT NULL REFERENCES public.packages(id) ON DELETE CASCADE,
  module_id character varying NOT NULL REFERENCES public.modules(id) ON DELETE CASCADE
);


CREATE TABLE IF NOT EXISTS public.payments (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  invoice_id character varying NOT NULL REFERENCES public.invoices(id) ON DELETE CASCADE,
  amount numeric NOT NULL,
  payment_method text NOT NULL DEFAULT 'bank_transfer'::text,
  payment_date timestamp without time zone NOT NULL DEFAULT now(),
  reference text,
  notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.platform_activity_logs (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  actor_id character varying REFERENCES public.users(id) ON DELETE NO ACTION,
  actor_type text NOT NULL DEFAULT 'user'::text,
  tenant_id character varying REFERENCES public.tenants(id) ON DELETE CASCADE,
  target_type text NOT NULL,
  target_id character varying,
  action text NOT NULL,
  description text,
  metadata text,
  ip_address text,
  user_agent text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.platform_settings (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  key text NOT NULL,
  value text NOT NULL,
  category text NOT NULL DEFAULT 'general'::text,
  description text,
  updated_by character varying REFERENCES public.users(id) ON DELETE NO ACTION,
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_templates (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying REFERENCES public.tenants(id) ON DELETE CASCADE,
  created_by character varying REFERENCES public.users(id) ON DELETE NO ACTION,
  name text NOT NULL,
  description text,
  purpose text NOT NULL DEFAULT 'custom'::text,
  theme_preset text DEFAULT 'modern_blue'::text,
  primary_color text DEFAULT '#3B82F6'::text,
  secondary_color text DEFAULT '#1E40AF'::text,
  accent_color text DEFAULT '#10B981'::text,
  header_style text DEFAULT 'gradient'::text,
  font_family text DEFAULT 'Inter'::text,
  is_active boolean NOT NULL DEFAULT true,
  is_default boolean NOT NULL DEFAULT false,
  is_system_template boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 1,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposals (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  customer_id character varying NOT NULL REFERENCES public.customers(id) ON DELETE CASCADE,
  template_id character varying REFERENCES public.proposal_templates(id) ON DELETE SET NULL,
  quotation_id character varying REFERENCES public.quotations(id) ON DELETE SET NULL,
  deal_id character varying REFERENCES public.deals(id) ON DELETE SET NULL,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  owner_id character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  proposal_number text NOT NULL,
  title text NOT NULL,
  status text NOT NULL DEFAULT 'draft'::text,
  currency text NOT NULL DEFAULT 'USD'::text,
  subtotal numeric NOT NULL DEFAULT '0'::numeric,
  tax_amount numeric NOT NULL DEFAULT '0'::numeric,
  discount_amount numeric NOT NULL DEFAULT '0'::numeric,
  total_amount numeric NOT NULL DEFAULT '0'::numeric,
  valid_until timestamp without time zone,
  sent_at timestamp without time zone,
  viewed_at timestamp without time zone,
  accepted_at timestamp without time zone,
  rejected_at timestamp without time zone,
  expires_at timestamp without time zone,
  access_token text,
  view_count integer NOT NULL DEFAULT 0,
  total_view_time integer NOT NULL DEFAULT 0,
  selected_package text,
  client_comments text,
  internal_notes text,
  theme_preset text DEFAULT 'modern_blue'::text,
  primary_color text DEFAULT '#3B82F6'::text,
  secondary_color text DEFAULT '#1E40AF'::text,
  accent_color text DEFAULT '#10B981'::text,
  header_style text DEFAULT 'gradient'::text,
  font_family text DEFAULT 'Inter'::text,
  current_version integer NOT NULL DEFAULT 1,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_activity_logs (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying NOT NULL REFERENCES public.proposals(id) ON DELETE CASCADE,
  user_id character varying REFERENCES public.users(id) ON DELETE SET NULL,
  action text NOT NULL,
  details text,
  ip_address text,
  user_agent text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_sections (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying REFERENCES public.proposals(id) ON DELETE CASCADE,
  template_id character varying REFERENCES public.proposal_templates(id) ON DELETE CASCADE,
  section_type text NOT NULL,
  title text NOT NULL,
  content text,
  sort_order integer NOT NULL DEFAULT 0,
  is_locked boolean NOT NULL DEFAULT false,
  is_visible boolean NOT NULL DEFAULT true,
  ai_generated boolean NOT NULL DEFAULT false,
  settings text,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_comments (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying NOT NULL REFERENCES public.proposals(id) ON DELETE CASCADE,
  section_id character varying REFERENCES public.proposal_sections(id) ON DELETE CASCADE,
  user_id character varying REFERENCES public.users(id) ON DELETE SET NULL,
  client_email text,
  content text NOT NULL,
  is_internal boolean NOT NULL DEFAULT true,
  is_resolved boolean NOT NULL DEFAULT false,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_pricing_items (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying NOT NULL REFERENCES public.proposals(id) ON DELETE CASCADE,
  section_id character varying REFERENCES public.proposal_sections(id) ON DELETE CASCADE,
  product_id character varying REFERENCES public.products(id) ON DELETE SET NULL,
  package_name text,
  name text NOT NULL,
  description text,
  quantity numeric NOT NULL DEFAULT '1'::numeric,
  unit_price numeric NOT NULL,
  tax_rate numeric DEFAULT '0'::numeric,
  discount numeric DEFAULT '0'::numeric,
  total_price numeric NOT NULL,
  is_recurring boolean NOT NULL DEFAULT false,
  recurring_interval text,
  is_optional boolean NOT NULL DEFAULT false,
  is_selected boolean NOT NULL DEFAULT true,
  sort_order integer NOT NULL DEFAULT 0,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_signatures (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying NOT NULL REFERENCES public.proposals(id) ON DELETE CASCADE,
  signer_name text NOT NULL,
  signer_email text NOT NULL,
  signer_role text,
  signature_type text NOT NULL DEFAULT 'typed'::text,
  signature_data text,
  ip_address text,
  user_agent text,
  signed_at timestamp without time zone NOT NULL DEFAULT now(),
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_status_history (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying NOT NULL REFERENCES public.proposals(id) ON DELETE CASCADE,
  changed_by character varying REFERENCES public.users(id) ON DELETE SET NULL,
  from_status text,
  to_status text NOT NULL,
  notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_versions (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying NOT NULL REFERENCES public.proposals(id) ON DELETE CASCADE,
  version_number integer NOT NULL,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  snapshot text NOT NULL,
  change_notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.proposal_view_logs (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  proposal_id character varying NOT NULL REFERENCES public.proposals(id) ON DELETE CASCADE,
  viewer_email text,
  device_type text,
  ip_address text,
  user_agent text,
  duration integer NOT NULL DEFAULT 0,
  sections_viewed text[] DEFAULT '{}'::text[],
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.quotation_items (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  quotation_id character varying NOT NULL REFERENCES public.quotations(id) ON DELETE CASCADE,
  product_id character varying REFERENCES public.products(id) ON DELETE NO ACTION,
  description text NOT NULL,
  quantity numeric NOT NULL DEFAULT '1'::numeric,
  unit_price numeric NOT NULL,
  tax_rate numeric DEFAULT '0'::numeric,
  discount numeric DEFAULT '0'::numeric,
  total_price numeric NOT NULL,
  sort_order integer DEFAULT 0
);


CREATE TABLE IF NOT EXISTS public.scheduled_emails (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  automation_rule_id character varying REFERENCES public.automation_rules(id) ON DELETE SET NULL,
  sequence_id character varying REFERENCES public.follow_up_sequences(id) ON DELETE SET NULL,
  step_id character varying REFERENCES public.follow_up_steps(id) ON DELETE SET NULL,
  template_id character varying NOT NULL REFERENCES public.email_templates(id) ON DELETE NO ACTION,
  customer_id character varying NOT NULL REFERENCES public.customers(id) ON DELETE CASCADE,
  quotation_id character varying REFERENCES public.quotations(id) ON DELETE SET NULL,
  invoice_id character varying REFERENCES public.invoices(id) ON DELETE SET NULL,
  scheduled_for timestamp without time zone NOT NULL,
  status text NOT NULL DEFAULT 'pending'::text,
  skip_reason text,
  processed_at timestamp without time zone,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.smtp_settings (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  provider text NOT NULL DEFAULT 'default'::text,
  smtp_host text,
  smtp_port integer DEFAULT 587,
  smtp_secure boolean DEFAULT false,
  smtp_user text,
  smtp_password text,
  from_email text,
  from_name text,
  reply_to_email text,
  api_key text,
  api_domain text,
  is_enabled boolean NOT NULL DEFAULT true,
  is_verified boolean NOT NULL DEFAULT false,
  last_tested_at timestamp without time zone,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.tasks (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  created_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  assigned_to character varying REFERENCES public.users(id) ON DELETE NO ACTION,
  customer_id character varying REFERENCES public.customers(id) ON DELETE CASCADE,
  deal_id character varying REFERENCES public.deals(id) ON DELETE CASCADE,
  quotation_id character varying REFERENCES public.quotations(id) ON DELETE SET NULL,
  invoice_id character varying REFERENCES public.invoices(id) ON DELETE SET NULL,
  title text NOT NULL,
  description text,
  status text NOT NULL DEFAULT 'not_started'::text,
  priority text NOT NULL DEFAULT 'medium'::text,
  tags text[] DEFAULT '{}'::text[],
  related_module text,
  due_date timestamp without time zone,
  estimated_minutes integer,
  completed_at timestamp without time zone,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_activity_log (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  user_id character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  action text NOT NULL,
  description text NOT NULL,
  old_value text,
  new_value text,
  metadata text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_ai_history (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  user_id character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  action text NOT NULL,
  prompt text NOT NULL,
  response text NOT NULL,
  model text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_assignments (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  user_id character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  role text DEFAULT 'assignee'::text,
  assigned_by character varying NOT NULL REFERENCES public.users(id) ON DELETE NO ACTION,
  assigned_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_attachments (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  uploaded_by character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  file_name text NOT NULL,
  file_size integer NOT NULL,
  file_type text NOT NULL,
  file_url text NOT NULL,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_checklist_items (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  title text NOT NULL,
  is_completed boolean NOT NULL DEFAULT false,
  completed_by character varying REFERENCES public.users(id) ON DELETE NO ACTION,
  completed_at timestamp without time zone,
  sort_order integer DEFAULT 0,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_comments (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  user_id character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  parent_id character varying,
  content text NOT NULL,
  is_internal boolean NOT NULL DEFAULT false,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_notifications (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  recipient_id character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  task_id character varying REFERENCES public.tasks(id) ON DELETE CASCADE,
  actor_id character varying REFERENCES public.users(id) ON DELETE NO ACTION,
  type text NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  is_read boolean NOT NULL DEFAULT false,
  read_at timestamp without time zone,
  metadata text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_status_history (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  changed_by character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  from_status text,
  to_status text NOT NULL,
  notes text,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.task_time_logs (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  task_id character varying NOT NULL REFERENCES public.tasks(id) ON DELETE CASCADE,
  user_id character varying NOT NULL REFERENCES public.users(id) ON DELETE CASCADE,
  started_at timestamp without time zone NOT NULL,
  ended_at timestamp without time zone,
  duration_minutes integer,
  description text,
  is_billable boolean NOT NULL DEFAULT false,
  created_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.template_sections (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  template_id character varying NOT NULL REFERENCES public.proposal_templates(id) ON DELETE CASCADE,
  section_type text NOT NULL,
  title text NOT NULL,
  content text,
  sort_order integer NOT NULL DEFAULT 0,
  is_locked boolean NOT NULL DEFAULT false,
  is_visible boolean NOT NULL DEFAULT true,
  settings text,
  created_at timestamp without time zone NOT NULL DEFAULT now(),
  updated_at timestamp without time zone NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS public.tenant_modules (
  id character varying PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id character varying NOT NULL REFERENCES public.tenants(id) ON DELETE CASCADE,
  module_id character varying NOT NULL REFERENCES public.modules(id) ON DELETE CASCADE,
  is_enabled boolean NOT NULL DEFAULT true,
  enabled_at timestamp without time zone NOT NULL DEFAULT now()
);
