/**
 * Starts the page: styles, theme, the live list of jobs, and the view of the address.
 */
import { render } from 'preact';
import './styles/index.css';
import { App } from './app.tsx';
import { startJobList } from './live/job-list.ts';
import { applyTheme } from './theme.ts';

applyTheme();
startJobList();
render(<App />, document.getElementById('app')!);
