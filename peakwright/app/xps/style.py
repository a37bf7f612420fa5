"""How the panels of the XPS view look."""

from __future__ import annotations

from ..look import ACCENT, BAD, INK, LINE, MUTED

__all__ = ["MENU", "PANELS", "WRAPPED"]

PANELS = f"""
:host {{ overflow: hidden; }}
:host, .bk-clearfix, .block {{ height: 100%; width: 100%; }}
.block {{ display: flex; flex-direction: column; }}
.panel {{ box-sizing: border-box; width: 100%; flex: 1 1 auto; overflow: auto; min-height: 0;
  font-variant-numeric: tabular-nums; }}
.panel.shares {{ flex: 0 0 auto; max-height: 48%; padding-bottom: 8px; }}
button, select, input {{ font: inherit; color: {INK}; background: #ffffff; box-sizing: border-box;
  border: 1px solid #8c959f; border-radius: 4px; padding: 2px 7px; height: 26px; }}
button {{ cursor: pointer; }}
button:hover:not([disabled]) {{ background: #eef2f6; }}
button[disabled], select[disabled], input[disabled] {{ opacity: 0.5; cursor: default; }}
button:focus-visible, select:focus-visible, input:focus-visible {{
  outline: 2px solid {ACCENT}; outline-offset: 1px; }}
button.primary {{ color: #ffffff; background: {ACCENT}; border-color: {ACCENT}; font-weight: 600; }}
button.primary:hover:not([disabled]) {{ background: #084a80; }}
.line {{ display: flex; align-items: center; gap: 6px; padding: 3px 10px; white-space: nowrap; }}
.line label {{ display: inline-flex; align-items: center; gap: 4px; }}
.line select {{ max-width: 170px; }}
.gap {{ flex: 1 1 auto; }}
.title {{ font-weight: 600; margin: 0 8px; overflow: hidden; text-overflow: ellipsis;
  min-width: 60px; }}
.title .muted {{ font-weight: 400; }}
input.number {{ width: 64px; text-align: right; }}
table {{ border-collapse: collapse; width: 100%; }}
.grid th, .grid td {{ padding: 1px 4px; border-bottom: 1px solid #e7ebef; text-align: left; }}
.grid thead th {{ color: {MUTED}; font-weight: 500; font-size: 12px; position: sticky; top: 0;
  background: #ffffff; z-index: 1; }}
.grid tr.selected td, .grid tr.selected th {{ background: #eaf3fb; }}
.grid input.value {{ width: 74px; text-align: right; border-color: transparent;
  background: transparent; }}
.grid input.value:hover, .grid input.value:focus {{ border-color: #8c959f; background: #ffffff; }}
.grid input.constraint {{ width: 116px; border-color: {LINE}; }}
.grid input.constraint::placeholder {{ color: {MUTED}; opacity: 1; }}
.grid td.u {{ min-width: 58px; white-space: nowrap; color: {INK}; }}
.grid input[type=checkbox] {{ height: 16px; width: 16px; margin: 4px; }}
button.name {{ border: none; background: none; font-weight: 600; padding: 0 4px; height: 24px;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; vertical-align: middle; }}
.grid button.name {{ max-width: 150px; }}
button.delete {{ border: none; background: none; color: {BAD}; font-size: 17px; padding: 0 6px; }}
button.more {{ border: none; background: none; color: {MUTED}; padding: 0 4px; height: 24px; }}
button.more[aria-expanded=true] {{ color: #ffffff; background: {MUTED}; }}
.grid td.last {{ white-space: nowrap; text-align: right; }}
div.details {{ display: flex; flex-wrap: wrap; align-items: center; gap: 3px 11px;
  padding: 1px 0 3px; }}
div.details label {{ display: inline-flex; align-items: center; gap: 5px; white-space: nowrap; }}
div.details .found {{ color: {INK}; font-size: 13px; }}
.grid div.details input.constraint {{ width: 88px; }}
.swatch {{ display: inline-block; width: 11px; height: 11px; border-radius: 2px;
  margin-right: 6px; vertical-align: -1px; }}
h2, .outcome, .panel p {{ overflow-wrap: anywhere; }}
.outcome {{ border-left: 4px solid var(--tone); padding: 3px 8px; background: #f6f8fa; margin: 0; }}
.outcome b {{ color: var(--tone); }}
.outcome.busy::before {{ content: ""; display: inline-block; width: 9px; height: 9px;
  margin-right: 6px; border-radius: 50%; background: {ACCENT}; animation: beat 0.9s infinite; }}
@keyframes beat {{ 50% {{ opacity: 0.15; }} }}
@media (prefers-reduced-motion: reduce) {{ .outcome.busy::before {{ animation: none; }} }}
.shares th {{ text-align: left; font-weight: 500; }}
.shares th button.name {{ font-weight: 500; padding: 0; max-width: 118px; }}
.shares td {{ white-space: nowrap; text-align: right; padding: 1px 6px; }}
.shares tr.live td {{ color: {MUTED}; }}
.shares td.bar {{ width: 38%; padding: 0; }}
.shares td.bar span {{ display: block; height: 10px; border-radius: 2px; min-width: 1px; }}
.findings button {{ display: block; width: 100%; height: auto; text-align: left;
  white-space: normal; border: none; border-left: 3px solid var(--tone); border-radius: 0;
  padding: 2px 6px; line-height: 1.3; overflow-wrap: anywhere; }}
.findings i {{ color: {MUTED}; font-style: normal; }}
.findings.stale {{ opacity: 0.55; }}
.info {{ color: {MUTED}; }}
.error {{ color: {BAD}; font-weight: 600; }}
p.info, p.error {{ margin: 0; padding: 2px 10px; background: #ffffff; }}
@media (max-width: 1400px) {{
  .grid th, .grid td {{ padding: 1px 3px; }}
  .grid input.value {{ width: 66px; padding: 2px 3px; }}
  .grid input.constraint {{ width: 104px; padding: 2px 5px; }}
  .grid td.u {{ min-width: 50px; }}
}}
"""

WRAPPED = """
:host, .bk-clearfix, .block { height: auto; min-height: 22px; }
"""
"""A long answer is not cut off: what is under it makes room for a second line."""

MENU = f"""
.peakwright-menu {{ position: fixed; z-index: 1000; background: #ffffff; color: {INK};
  border: 1px solid #8c959f; border-radius: 6px; box-shadow: 0 4px 16px rgba(27, 31, 36, 0.25);
  padding: 6px; max-height: 340px; overflow: auto; font-size: 13px; min-width: 230px;
  max-width: min(420px, calc(100vw - 16px)); box-sizing: border-box; overflow-wrap: anywhere; }}
.peakwright-menu p {{ margin: 0 4px 4px; color: {MUTED}; }}
.peakwright-menu button {{ display: block; width: 100%; text-align: left; font: inherit;
  color: {INK}; background: none; border: none; border-radius: 4px; padding: 4px 6px;
  cursor: pointer; }}
.peakwright-menu button:hover, .peakwright-menu button:focus {{ background: #eaf3fb;
  outline: 2px solid {ACCENT}; outline-offset: -2px; }}
.peakwright-menu .muted {{ color: {MUTED}; }}
.peakwright-help {{ position: fixed; inset: 0; z-index: 1001; background: rgba(27, 31, 36, 0.35);
  display: flex; align-items: center; justify-content: center; }}
.peakwright-help > div {{ background: #ffffff; color: {INK}; border-radius: 8px; padding: 16px 22px;
  max-width: calc(100vw - 60px); max-height: calc(100vh - 60px); overflow: auto; font-size: 14px;
  box-sizing: border-box; box-shadow: 0 8px 32px rgba(27, 31, 36, 0.35);
  display: flex; flex-wrap: wrap; align-items: flex-start; gap: 8px 32px; }}
.peakwright-help h1 {{ font-size: 17px; margin: 0; flex: 1 0 100%; }}
.peakwright-help thead th {{ color: {ACCENT}; }}
.peakwright-help th {{ text-align: left; font-weight: 600; padding: 2px 14px 2px 0;
  vertical-align: top; }}
.peakwright-help td {{ padding: 2px 14px 2px 0; line-height: 1.35; vertical-align: top; }}
.peakwright-help button {{ font: inherit; margin-top: 12px; padding: 4px 12px; cursor: pointer;
  color: #ffffff; background: {ACCENT}; border: none; border-radius: 4px; }}
"""
